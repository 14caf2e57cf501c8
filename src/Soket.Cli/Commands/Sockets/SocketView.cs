using System.Text.Json;
using Soket.Cli.CommandLine;
using Soket.Events;
using Soket.SocketTable;

namespace Soket.Cli.Commands.Sockets;

/// <summary>What of the table is looked at, and how it is shown.</summary>
internal sealed class SocketView(CliIo io, ISocketTable table, SocketFilter filter)
{
    private IReadOnlyList<SocketEntry> _all = []; // of the last reading, wanted or not

    public required SocketTableQuery Query { get; init; }

    public required SocketList List { get; init; }

    public bool Explains { get; init; }

    /// <summary>What is unusual about a socket, told with the machine's other sockets in view.</summary>
    public IReadOnlyList<StateNote> Notes(SocketEntry socket, TimeSpan? age = null) => Explains ? StateNotes.Of(socket, io.Language, age, _all) : [];

    public SocketOrder Order { get; set; } = SocketOrder.Usual;

    /// <summary>The sockets that are wanted, in their order.</summary>
    public IReadOnlyList<SocketEntry> Read(out SocketTableSnapshot snapshot)
    {
        snapshot = table.Read(Query);
        _all = snapshot.Sockets;
        return [.. Order.Apply(snapshot.Sockets.Where(filter.Matches))];
    }

    /// <summary>Writes a socket as a line of JSON.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="socket">The socket.</param>
    /// <param name="change">What happened to it, where it is watched.</param>
    /// <param name="before">The state it had before.</param>
    /// <param name="age">How long it has been in its state, where that was seen.</param>
    public void Record(Stream output, SocketEntry socket, string? change = null, SocketTableState? before = null, TimeSpan? age = null)
    {
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = TerminalText.JsonEncoder })) // anybody on this machine names sockets
        {
            writer.WriteStartObject();
            writer.WriteNumber("v", JsonLinesObserver.SchemaVersion);
            writer.WriteString("type", "socket");
            if (change is not null)
                writer.WriteString("change", change);
            if (before is { } state)
                writer.WriteString("before", state.Name());
            if (age is { } known)
                writer.WriteNumber("state_age_us", (long)known.TotalMicroseconds);
            SocketRecord.Write(writer, socket, List.Names, Notes(socket, age));
            writer.WriteEndObject();
        }

        output.Write("\n"u8);
    }
}
