using System.Globalization;
using System.Text;
using Soket.Capture;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Protocols.CaptureFiles;
using Soket.Protocols.Packets;

namespace Soket.Cli.Commands.Trace;

/// <summary>Takes packets as they come: sorts them into conversations, writes them to a file, and tells each where that is wanted. One thread.</summary>
internal sealed class TraceRun(CliIo io, PacketLine line)
{
    private readonly ConversationTracker _tracker = new();

    /// <summary>Where packets are told, a line each; null where they are not.</summary>
    public Action<string>? Tell { get; init; }

    /// <summary>Whether every field is told as well.</summary>
    public bool Fields { get; init; }

    /// <summary>Whether the bytes are.</summary>
    public bool Hex { get; init; }

    /// <summary>The file that packets are written to as well.</summary>
    public CaptureWriter? Writer { get; init; }

    /// <summary>Which packets are wanted; null for all.</summary>
    public Func<CapturedPacket, bool>? Wanted { get; init; }

    /// <summary>Takes records of packets for programs; null where none are wanted.</summary>
    public Action<Packet, TracedPacket?, int>? Record { get; init; }

    /// <summary>Only these conversations; empty for all.</summary>
    public IReadOnlySet<int> Only { get; init; } = new HashSet<int>();

    public long Packets { get; private set; }

    public long Shown { get; private set; }

    /// <summary>How many of those shown were captured in part only.</summary>
    public long Partial { get; private set; }

    /// <summary>The most bytes that were kept of one of these.</summary>
    public int MostKept { get; private set; }

    public IReadOnlyList<Conversation> Conversations => [.. _tracker.Conversations.Where(conversation => Only.Count == 0 || Only.Contains(conversation.Number))];

    public int AllConversations => _tracker.Count;

    public void Take(in CapturedPacket captured)
    {
        Packets++;
        if (Wanted is not null && !Wanted(captured))
            return;
        Packet packet = Packet.Decode(captured);
        TracedPacket? traced = _tracker.Add(packet);
        int number = _tracker.Current?.Number ?? 0;
        if (Only.Count > 0 && !Only.Contains(number))
            return;
        Shown++;
        if (captured.Bytes.Length < captured.OriginalLength)
        {
            Partial++;
            MostKept = Math.Max(MostKept, captured.Bytes.Length);
        }

        if (Writer is { } writer)
        {
            if (writer.Takes(captured.Link))
                writer.Write(captured);
            else
                throw io.Wrong("trace.wrong.mixed");
        }

        Record?.Invoke(packet, traced, number);
        if (Tell is null)
            return;
        Tell(line.Of(packet, traced));
        if (Fields)
        {
            foreach (string field in PacketFields.Of(packet))
                Tell("    " + field);
        }

        if (Hex)
        {
            foreach (string row in HexDump.Lines(captured.Bytes.Span))
                Tell("    " + row);
        }
    }

    /// <summary>What the run says of itself at its end.</summary>
    public string Summary() => io.Text("trace.summary-line", ("packets", Count(Packets)), ("shown", Count(Shown)), ("conversations", Count(AllConversations)));

    /// <summary>What packets that were cut mean for what is shown; null where none were.</summary>
    public string? Parts() => Partial == 0 ? null : io.Text("trace.parts", ("count", Partial), ("packets", Count(Shown)), ("most", MostKept));

    private static string Count(long count) => count.ToString(CultureInfo.InvariantCulture);
}
