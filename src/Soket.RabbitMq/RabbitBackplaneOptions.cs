namespace Soket.RabbitMq;

/// <summary>How a <see cref="RabbitBackplane"/> is.</summary>
public sealed record RabbitBackplaneOptions
{
    /// <summary>Where the broker is.</summary>
    public required BrokerAddress Broker { get; init; }

    /// <summary>The password; null for the address's own, and <c>guest</c> where that has none.</summary>
    public string? Password { get; init; }

    /// <summary>The chat's name on the broker, which its queues and its exchange begin with: servers with the same name are one chat. <c>soket.chat</c>.</summary>
    public string Name { get; init; } = "soket.chat";

    /// <summary>How many bytes of each room the broker keeps; the oldest go first, an eighth at a time. 16 MiB.</summary>
    public long Keep { get; init; } = 16 * 1024 * 1024;

    /// <summary>How long connecting may take. 5 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How often broker and client show each other that they are alive; after twice that without a sign the connection is lost. 5 s.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the broker may take to confirm a record before the connection counts as lost. 15 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many records may wait to be confirmed. 2,000.</summary>
    public int MostWaiting { get; init; } = 2_000;

    /// <summary>How many bytes may wait to be confirmed. 8 MiB.</summary>
    public long MostWaitingBytes { get; init; } = 8 * 1024 * 1024;
}
