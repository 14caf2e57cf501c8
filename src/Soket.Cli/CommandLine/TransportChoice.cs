using System.Text.Json;
using Soket.Cli.Commands;
using Soket.Cli.Rendering;
using Soket.Endpoints;
using Soket.Transports;

namespace Soket.Cli.CommandLine;

/// <summary>What carries the streams of a verb, and why that.</summary>
/// <param name="Name">The transport's name: <c>linux</c>, <c>managed</c>.</param>
/// <param name="Why">Why, as a stable key: <c>asked</c>, <c>works-here</c>, or what keeps the linux one from working.</param>
/// <param name="Streams">Makes it.</param>
internal sealed record TransportChoice(string Name, string Why, Func<ManagedTransportOptions, ITransport>? Streams)
{
    public static Flag Flag { get; } = new("--transport", FlagKind.Value, "flags.where", "auto|linux|managed");

    /// <summary>What was asked for; without a word the fastest that works here.</summary>
    /// <exception cref="UsageException">What was asked for does not work here, or is none.</exception>
    public static TransportChoice Read(VerbValues values, CliIo io) => values.Text(Flag) switch
    {
        null or "auto" => Usual,
        "managed" => new("managed", "asked", null),
        "linux" when Platform.LoopSupport is { IsSupported: false, Reason: var reason } => throw io.Wrong("wrong.transport", ("flag", Flag.Name), ("why", io.Text("transport.why." + reason))),
        "linux" => new("linux", "asked", Platform.Loops),
        { } other => throw io.Wrong("wrong.choice", ("flag", Flag.Name), ("value", TerminalText.Safe(other)), ("choices", Flag.Placeholder)),
    };

    /// <summary>What is used where nobody asks.</summary>
    public static TransportChoice Usual => Platform.LoopSupport.IsSupported ? new("linux", "works-here", Platform.Loops) : new("managed", Platform.LoopSupport.Reason, null);

    /// <summary>Says it on a line of the log, where there are streams.</summary>
    public void Tell(CliIo io, Screen screen, IEnumerable<SocketUri> endpoints)
    {
        if (endpoints.Any(endpoint => !endpoint.IsDatagram))
            screen.Line(io.Text("transport.used", ("name", Name), ("why", io.Text("transport.why." + Why))));
    }

    /// <summary>Says it in a record, where there are streams.</summary>
    public void Write(Utf8JsonWriter writer, IEnumerable<SocketUri> endpoints)
    {
        if (endpoints.All(endpoint => endpoint.IsDatagram))
            return;
        writer.WriteString("carrier", Name);
        writer.WriteString("carrier_reason", Why);
    }
}
