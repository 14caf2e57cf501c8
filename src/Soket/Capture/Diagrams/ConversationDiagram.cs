using Soket.Events;

namespace Soket.Capture.Diagrams;

/// <summary>
/// The sequence diagram of a conversation: what went between the two ends from top to bottom, with the states both are in and, where the calls of a
/// socket are known, each call beside the packets that it caused or that it took. Rows only: how they look is for <see cref="DiagramLayout"/>,
/// <see cref="SvgDiagram"/>, <see cref="HtmlDiagram"/> and <see cref="JsonDiagram"/>. Pure.
/// </summary>
public sealed class ConversationDiagram
{
    /// <summary>A run of like packets that is longer than this is folded.</summary>
    public const int DefaultFoldAfter = 8;

    internal ConversationDiagram(Conversation conversation, IReadOnlyList<DiagramRow> rows, bool initiatorWatched, bool responderWatched)
    {
        Conversation = conversation;
        Rows = rows;
        InitiatorWatched = initiatorWatched;
        ResponderWatched = responderWatched;
    }

    /// <summary>What is drawn.</summary>
    public Conversation Conversation { get; }

    /// <summary>The rows, from top to bottom.</summary>
    public IReadOnlyList<DiagramRow> Rows { get; }

    /// <summary>Whether calls of the end that began are among the rows.</summary>
    public bool InitiatorWatched { get; }

    /// <summary>Whether calls of the other end are among the rows.</summary>
    public bool ResponderWatched { get; }

    /// <summary>Whether something is drawn that was not captured.</summary>
    public bool HasInferred => Conversation.Packets.Any(static packet => packet.Inferred);

    /// <summary>Draws a conversation.</summary>
    /// <param name="conversation">The conversation.</param>
    /// <param name="calls">What sockets did at the time, of either end or of both; those of other conversations are left out. Their times are compared with those of the packets.</param>
    /// <param name="foldAfter">A run of like packets that is longer is folded; 0 folds none.</param>
    public static ConversationDiagram Of(Conversation conversation, IReadOnlyList<SocketEvent>? calls = null, int foldAfter = DefaultFoldAfter)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(foldAfter);
        Participants ends = Participants.Find(conversation, calls ?? []);
        var places = new CallPlaces(conversation.Packets);
        DatagramFate[] fates = new DatagramFate[conversation.Packets.Count];
        if (conversation.Kind == ConversationKind.Tcp)
        {
            StreamCalls.Place(conversation, ends.Initiator, ofInitiator: true, places);
            StreamCalls.Place(conversation, ends.Responder, ofInitiator: false, places);
        }
        else
        {
            DatagramFates.Unanswered(conversation, fates);
            DatagramCalls.Place(conversation, ends, places, fates);
        }

        List<DiagramRow> rows = DiagramRows.Build(conversation, places, fates);
        if (foldAfter > 0)
            rows = RowFolding.Fold(rows, foldAfter);
        return new(conversation, DiagramRows.Timed(rows), ends.Initiator.Count > 0, ends.Responder.Count > 0);
    }
}
