using System.Globalization;
using System.Text;
using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Events;
using Soket.Explain;
using Soket.SocketTable;

namespace Soket.Cli.Commands;

/// <summary><c>soket states</c>: TCP's states and the ways between them, with how many sockets of this machine are in each now.</summary>
internal sealed class StatesCommand : Verb
{
    private static readonly Flag Namespace = new("--netns", FlagKind.Value, "flags.where", "NAME") { TextKey = "sockets.flag.netns" };

    // RFC 9293, figure 5. {NAME} is replaced by the count, in as many columns.
    private const string Diagram =
        """
                                       CLOSED
                listen()          ┌──────┴──────┐   connect(): send SYN
                                  ▼             ▼
               {LISTEN     }   LISTEN       SYN_SENT   {SYN_SENT   }
                get SYN:          │             │   get SYN,ACK:
                send SYN,ACK      ▼             │   send ACK
               {SYN_RECV   }  SYN_RECV          │
                get ACK           └──────┬──────┘
                                         ▼
                                    ESTABLISHED   {ESTABLISHED}
                close():          ┌──────┴──────┐   get FIN:
                send FIN          ▼             ▼   send ACK
               {FIN_WAIT_1 } FIN_WAIT_1     CLOSE_WAIT   {CLOSE_WAIT }
                get ACK      ┌────┴────┐        │   close():
                             ▼         │        ▼   send FIN
          {FIN_WAIT_2 } FIN_WAIT_2     │    LAST_ACK   {LAST_ACK   }
                             │ get FIN ▼        │
                             │      CLOSING     │   {CLOSING    }
                get FIN:     │         │ get    │   get ACK
                send ACK     └────┬────┘ ACK    ▼
                                  ▼          CLOSED
               {TIME_WAIT  }  TIME_WAIT ── after 60 s ──▶ CLOSED
        """;

    public override string Name => "states";

    public override string Group => "group.understand";

    public override IReadOnlyList<Flag> Flags { get; } = [Namespace, CommonFlags.Json];

    public override async Task<int> RunAsync(VerbValues values, CliIo io, CancellationToken cancellationToken)
    {
        if (values.IsTyped(Namespace) && !OperatingSystem.IsLinux())
            throw io.Wrong("sockets.wrong.netns", ("flag", Namespace.Name));
        SocketTableSnapshot table = Platform.SocketTable(values.Text(Namespace)).Read(new SocketTableQuery { Protocols = ["tcp"], Holders = false });
        Dictionary<SocketTableState, int> counts = table.Sockets.GroupBy(socket => socket.State).ToDictionary(group => group.Key, group => group.Count());
        if (values.IsOn(CommonFlags.Json))
        {
            using var bytes = new MemoryStream();
            using (var writer = new Utf8JsonWriter(bytes))
            {
                writer.WriteStartObject();
                writer.WriteNumber("v", JsonLinesObserver.SchemaVersion);
                writer.WriteString("type", "states");
                foreach (SocketTableState state in SocketTableStates.All.Where(state => state != SocketTableState.Unconnected))
                    writer.WriteNumber(state.Name(), counts.GetValueOrDefault(state));
                writer.WriteEndObject();
            }

            bytes.Write("\n"u8);
            bytes.Position = 0;
            await bytes.CopyToAsync(io.Out, cancellationToken).ConfigureAwait(false);
            return ExitCodes.Done;
        }

        await io.Out.WriteAsync(Encoding.UTF8.GetBytes(Draw(counts, io) + "\n\n" + string.Concat(io.FitOut(io.Text("states.legend"), indent: "").Select(line => line + "\n"))), cancellationToken).ConfigureAwait(false);
        return ExitCodes.Done;
    }

    private static string Draw(Dictionary<SocketTableState, int> counts, CliIo io)
    {
        var ink = new Ink(io.Colour && io.OutIsTerminal);
        string drawing = Diagram;
        foreach (SocketTableState state in SocketTableStates.All)
        {
            int start = drawing.IndexOf("{" + state.Name(), StringComparison.Ordinal);
            if (start < 0)
                continue;
            int end = drawing.IndexOf('}', start);
            string count = counts.GetValueOrDefault(state) is > 0 and int some ? $"[{some.ToString(CultureInfo.InvariantCulture)}]" : "";
            // On the left of a name it stands beside it.
            int line = drawing.LastIndexOf('\n', start) + 1;
            int room = end + 1 - start;
            string space = new(' ', Math.Max(0, room - count.Length));
            string cell = count.Length == 0 ? space : drawing[line..start].Trim().Length == 0 ? space + ink.Bold(count) : ink.Bold(count) + space;
            drawing = drawing[..start] + cell + drawing[(end + 1)..];
        }

        if (!io.Unicode)
        {
            foreach ((string line, string plain) in (ReadOnlySpan<(string, string)>)[("─", "-"), ("│", "|"), ("┌", "+"), ("┐", "+"), ("└", "+"), ("┘", "+"), ("┬", "+"), ("┴", "+"), ("┤", "+"), ("├", "+"), ("▼", "v"), ("▶", ">")])
                drawing = drawing.Replace(line, plain, StringComparison.Ordinal);
        }

        return string.Join('\n', drawing.Split('\n').Select(line => line.TrimEnd()));
    }
}
