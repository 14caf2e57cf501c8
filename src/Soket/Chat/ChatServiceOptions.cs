using System.Net;
using Soket.Languages;

namespace Soket.Chat;

/// <summary>How a chat is served.</summary>
public sealed record ChatServiceOptions
{
    /// <summary>The language of the plain text protocol; the JSON one carries codes.</summary>
    public Language Language { get; init; }

    /// <summary>
    /// Whether plain programs get what is said and nothing else, without a name where it comes from the server's own operator: the chat of two, in which
    /// a program sends, receives, and takes what it receives for the answer.
    /// </summary>
    public bool IsQuiet { get; init; }

    /// <summary>How long what comes without a line's end may stand still until it counts as a line, from a peer who has never ended one. 150 ms.</summary>
    public TimeSpan Lull { get; init; } = TimeSpan.FromMilliseconds(150);

    /// <summary>How long a peer has to say that it is a program (its first line is JSON) before it is taken for a person. 2 s: a program on the other side of the world needs that.</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The page that browsers get on WebSocket endpoints, to talk there; null for none.</summary>
    public ChatPageOptions? Page { get; init; }

    /// <summary>Who may send datagrams; null for everybody.</summary>
    public Func<EndPoint?, bool>? Admits { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
