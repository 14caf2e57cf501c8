namespace Soket.Chat;

/// <summary>What a chat takes on. Every list in it has an end.</summary>
public sealed record ChatLimits
{
    /// <summary>The most people at once. 2,000.</summary>
    public int MaxMembers { get; init; } = 2_000;

    /// <summary>The most people who have not shown the token that is asked for; they take no place of those who have. 256.</summary>
    internal int MaxStrangers { get; init; } = 256;

    /// <summary>How long somebody may be there without having shown the token that is asked for. 1 minute.</summary>
    internal TimeSpan StrangerFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>The most rooms; of those nobody is in the one longest empty makes place. 200.</summary>
    public int MaxRooms { get; init; } = 200;

    /// <summary>The most rooms one person is in. 16.</summary>
    public int MaxRoomsEach { get; init; } = 16;

    /// <summary>The longest message, characters. 2,000.</summary>
    public int MaxText { get; init; } = 2_000;

    /// <summary>The longest line of a protocol, bytes. 16 KiB.</summary>
    public int MaxLine { get; init; } = 16 * 1024;

    /// <summary>How many entries of a room are kept. 500.</summary>
    public int History { get; init; } = 500;

    /// <summary>How many bytes a room's entries may take, roughly. 1 MiB.</summary>
    public int HistoryBytes { get; init; } = 1024 * 1024;

    /// <summary>How many messages and commands may come at once from one person. 20.</summary>
    public int Burst { get; init; } = 20;

    /// <summary>How many messages and commands a second one person may send in the long run; 0 for any number. 5.</summary>
    public double PerSecond { get; init; } = 5;

    /// <summary>How much that is for one person alone may wait for him. 512.</summary>
    public int Waiting { get; init; } = 512;

    /// <summary>How many bytes of that may wait, roughly. 2 MiB.</summary>
    internal int WaitingBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>How long somebody for whom more than that waits may go on taking it, however slowly he does. 2 minutes.</summary>
    internal TimeSpan FullFor { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How many wrong tokens end a connection. 3.</summary>
    public int WrongTokens { get; init; } = 3;

    /// <summary>How long a member may take nothing of what waits for him. 30 s.</summary>
    public TimeSpan Stalled { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long somebody on datagrams may be silent; streams have the server's idle time-out. 5 minutes.</summary>
    public TimeSpan DatagramSilence { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How many people there may be on plain datagrams, whose senders may be forged. 64.</summary>
    public int MaxPlainDatagrams { get; init; } = 64;

    /// <summary>How often a server tells the others of its chat that it is alive. 2 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long another server may be silent before its people are away. 7 s.</summary>
    public TimeSpan ServerSilence { get; init; } = TimeSpan.FromSeconds(7);

    /// <summary>How long the name of who is away is kept for him. 1 minute.</summary>
    public TimeSpan AwayFor { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How many other servers are listened to. 64.</summary>
    public int MaxServers { get; init; } = 64;

    /// <summary>How many sessions are remembered for those who come back. 10,000.</summary>
    public int Sessions { get; init; } = 10_000;
}
