using Soket.Clients;
using Soket.Endpoints;

namespace Soket.Chat;

/// <summary>How the other end is spoken to.</summary>
public enum ChatManner
{
    /// <summary>As it shows itself: a server of ours greets with its mark. Datagrams have no greeting: with a name a session, without one plain.</summary>
    Found,

    /// <summary>Text and nothing else, as a program of the lab speaks.</summary>
    Plain,

    /// <summary>The protocol for programs, from the first line on.</summary>
    Rooms,
}

/// <summary>How a <see cref="ChatClient"/> takes part.</summary>
public sealed record ChatClientOptions
{
    /// <summary>The name it would like; empty for any.</summary>
    public string Name { get; init; } = "";

    /// <summary>The token that the server asks for; empty for none.</summary>
    public string Token { get; init; } = "";

    /// <summary>The rooms it goes into; none for the lobby.</summary>
    public IReadOnlyList<string> Rooms { get; init; } = [];

    /// <summary>Other servers of the same chat, of the endpoint's kind: where one is lost, it comes back to the next in the row.</summary>
    public IReadOnlyList<SocketUri> Others { get; init; } = [];

    /// <summary>How it speaks.</summary>
    public ChatManner Manner { get; init; }

    /// <summary>How it connects.</summary>
    public SocketClientOptions Connection { get; init; } = new();

    /// <summary>How often it comes back after a lost connection before it gives up, without a success in between; null for ever. Null.</summary>
    public int? MostReconnects { get; init; }

    /// <summary>How long it waits before it comes back the first time; each wait is twice the one before, up to 30 s. 500 ms.</summary>
    public TimeSpan ReconnectDelay { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a stream's server has to greet before it is taken for a plain program. 1.5 s.</summary>
    public TimeSpan Greeting { get; init; } = TimeSpan.FromMilliseconds(1500);

    /// <summary>After how long a silence it asks whether anybody is there; with no answer for as long again the connection counts as lost. 20 s.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>How many messages may wait to be accepted before <see cref="ChatClient.SayAsync"/> waits. 200.</summary>
    public int Waiting { get; init; } = 200;
}
