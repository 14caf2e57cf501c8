namespace Soket.Services;

/// <summary>What services are made with.</summary>
public sealed record ServiceOptions
{
    /// <summary>The clock of all that tell a time.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What <c>reply</c> answers.</summary>
    public ReplyTemplate Reply { get; init; } = ReplyTemplate.Default;

    /// <summary>How <c>process</c> writes its results.</summary>
    public ReplyFormat Format { get; init; }

    /// <summary>Where <c>chargen</c> and <c>reply</c> take random numbers from; it is called from many threads.</summary>
    public Random Random { get; init; } = Random.Shared;
}

/// <summary>A service there is. Its one-line description stands in the texts, under <c>service.NAME</c>.</summary>
/// <param name="Name">Its name: <c>echo</c>.</param>
/// <param name="Source">Where it comes from: <c>RFC 862</c>, <c>lab 2</c>.</param>
/// <param name="AssignedPort">The port the RFC gives it; null for the labs' services.</param>
/// <param name="Create">Makes it.</param>
public sealed record ServiceEntry(string Name, string Source, int? AssignedPort, Func<ServiceOptions, SocketService> Create);

/// <summary>The services there are.</summary>
public static class ServiceCatalog
{
    /// <summary>All of them, in the order a person meets them.</summary>
    public static IReadOnlyList<ServiceEntry> All { get; } =
    [
        new("echo", "RFC 862", 7, _ => new SocketService { Name = "echo", Messages = new EchoService() }),
        new("process", "lab 2", null, options => new SocketService { Name = "process", Messages = new ProcessService(options.Time, options.Format) }),
        new("reply", "lab 2", null, options => new SocketService { Name = "reply", Messages = new ReplyService(options.Reply, options.Time, options.Random) }),
        new("discard", "RFC 863", 9, _ => new SocketService { Name = "discard", Messages = new DiscardService(), CanLoop = false }),
        new("chargen", "RFC 864", 19, options => Speaker("chargen", new ChargenService(options.Random))),
        new("quote", "RFC 865", 17, options => Speaker("quote", new QuoteService(options.Time))),
        new("daytime", "RFC 867", 13, options => Speaker("daytime", new DaytimeService(options.Time))),
        new("time", "RFC 868", 37, options => Speaker("time", new TimeService(options.Time), isText: false)),
    ];

    /// <summary>The service of a name, in any case; null when there is none.</summary>
    /// <param name="name">The name.</param>
    public static ServiceEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    private static SocketService Speaker<T>(string name, T service, bool isText = true)
        where T : Microsoft.AspNetCore.Connections.ConnectionHandler, IMessageService =>
        new() { Name = name, Stream = service, StreamIsText = isText, Messages = service };
}
