namespace Soket.Chat;

/// <summary>How a <see cref="ChatHall"/> is.</summary>
public sealed record ChatHallOptions
{
    /// <summary>What it takes on.</summary>
    public ChatLimits Limits { get; init; } = new();

    /// <summary>The clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What everybody must show who comes in; null for nothing.</summary>
    public string? Token { get; init; }

    /// <summary>What makes somebody an operator of every room; null where nobody can become one.</summary>
    public string? OperatorToken { get; init; }

    /// <summary>Where entries are kept beyond the process; null for nowhere. The hall disposes it.</summary>
    public ChatHistory? History { get; init; }

    /// <summary>
    /// What it shares its rooms over with the halls of other servers; null for nothing. Then there is no <see cref="History"/>, the backplane has it, and nobody
    /// comes in before <see cref="ChatHall.ReadyAsync"/>. Whoever made the backplane disposes it, after the hall.
    /// </summary>
    public IChatBackplane? Backplane { get; init; }

    /// <summary>Told when the backplane is interrupted, with the reason, and when it goes on, with null; as <see cref="Heard"/> is.</summary>
    public Action<string?>? Interrupted { get; init; }

    /// <summary>The room everybody comes into.</summary>
    public string Lobby { get; init; } = "lobby";

    /// <summary>Told of every entry, in order, under the hall's lock: it must neither block nor throw nor call the hall.</summary>
    public Action<ChatEntry>? Heard { get; init; }

    /// <summary>Told what whoever runs the server should know (wrong tokens, a full table), in words by <see cref="ChatWords.OfNotice"/>; as <see cref="Heard"/> is.</summary>
    public Action<ChatNotice>? Warned { get; init; }

    /// <summary>Told when an entry could not be kept, as <see cref="Heard"/> is.</summary>
    public Action<IOException>? NotKept { get; init; }
}

/// <summary>What somebody brings along who comes into a chat.</summary>
public sealed record ChatHello
{
    /// <summary>The name he would like; empty for any.</summary>
    public string Name { get; init; } = "";

    /// <summary>The token; empty for none.</summary>
    public string Token { get; init; } = "";

    /// <summary>Whether he wants a session to come back with.</summary>
    public bool WantsSession { get; init; }

    /// <summary>The session he had; empty for a new one.</summary>
    public string Session { get; init; } = "";

    /// <summary>The run of numbers that <see cref="Rooms"/> speaks of.</summary>
    public string Epoch { get; init; } = "";

    /// <summary>The rooms he was in, with the number of the last entry he saw in each; none for the lobby. -1 for one he has not seen.</summary>
    public IReadOnlyDictionary<string, long> Rooms { get; init; } = new Dictionary<string, long>();

    /// <summary>His address, as words.</summary>
    public string Address { get; init; } = "";

    /// <summary>Whether he sits at the server.</summary>
    public bool IsOperator { get; init; }
}
