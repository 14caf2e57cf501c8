using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Cli.Commands.Connect;

/// <summary>
/// Keeps trying to connect to what is not there yet. Each wait is twice the one before, up to half a minute, so that a server that comes up soon is
/// found soon and one that does not is not pestered. What waiting does not mend (a wrong certificate, a name that does not exist) ends at once.
/// </summary>
/// <param name="Most">How often to try again; null for ever.</param>
/// <param name="Delay">How long to wait before the second try.</param>
internal sealed record Retry(int? Most, TimeSpan Delay)
{
    private static readonly Flag Times = new("--retry", FlagKind.Value, "flags.where", "N|forever");
    private static readonly Flag Pause = new("--retry-delay", FlagKind.Value, "flags.where", "TIME");
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    public static IReadOnlyList<Flag> Flags { get; } = [Times, Pause];

    public static Retry Read(VerbValues values, CliIo io, SocketUri endpoint)
    {
        // A datagram socket connects to nobody, so there is nothing to try again.
        if (endpoint.IsDatagram && Flags.FirstOrDefault(values.IsTyped) is { } stray)
            throw io.Wrong("connect.wrong.retry-datagram", ("flag", stray.Name), ("endpoint", endpoint));
        if (values.IsTyped(Pause) && !values.IsGiven(Times))
            throw io.Wrong("connect.wrong.retry-delay", ("flag", Pause.Name), ("example", "--retry 5"));
        TimeSpan delay = values.Duration(Pause, TimeSpan.FromSeconds(1))!.Value;
        if (delay < TimeSpan.FromMilliseconds(10) || delay > TimeSpan.FromHours(1))
            throw io.Wrong("connect.wrong.retry-delay-range", ("flag", Pause.Name), ("value", TerminalText.Safe(values.Text(Pause) ?? "")));
        return values.Text(Times) switch
        {
            null => new(0, delay),
            "forever" => new(null, delay),
            { } text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int most) && most <= 1_000_000 => new(most, delay),
            { } text => throw io.Wrong("connect.wrong.retry", ("flag", Times.Name), ("value", TerminalText.Safe(text))),
        };
    }

    /// <summary>Connects; says each try that failed, and throws what the last one did.</summary>
    public async Task<T> RunAsync<T>(Func<Task<T>> connect, TalkOutput output, CancellationToken cancellationToken)
    {
        TimeSpan delay = Delay;
        for (int again = 1; ; again++)
        {
            try
            {
                return await connect().ConfigureAwait(false);
            }
            catch (SocketFailure failure) when (MayPass(failure) && (Most is null || again <= Most))
            {
                output.Remark(
                    Most is null ? "connect.retry" : "connect.retry.of",
                    ("error", failure.Error.Name), ("words", TerminalText.Safe(failure.Error.Message)), ("delay", Units.Format(delay)), ("again", again), ("most", Most ?? 0));
                await Task.Delay(delay, cancellationToken).ConfigureAwait(false);
                if (delay < Longest)
                    delay = delay * 2 < Longest ? delay * 2 : Longest;
            }
        }
    }

    // A socket path that is not there is a server that has not begun, like a port that refuses.
    private static bool MayPass(SocketFailure failure) => failure.Error.Name == "PROXY_UNREACHABLE" ? SocketFailure.Find(failure.InnerException) is { } below && MayPass(below) : failure.Call is SocketCall.Connect or SocketCall.Resolve
        && failure.Error.Name is "ECONNREFUSED" or "ETIMEDOUT" or "EHOSTUNREACH" or "EHOSTDOWN" or "ENETUNREACH" or "ENETDOWN" or "ECONNRESET" or "EAGAIN" or "ENOENT" or "EAI_AGAIN";
}
