using System.Globalization;
using Soket.Cli.CommandLine;
using Soket.Explain;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Trying again where a later try may well succeed, and nothing was given out yet: nobody answered, or the server said that it is busy.</summary>
internal sealed class FetchRetry(int times, TimeSpan pause)
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);
    private static readonly Flag Times = new("--retry", FlagKind.Value, "flags.limits", "N");
    private static readonly Flag Pause = new("--retry-delay", FlagKind.Value, "flags.limits", "TIME");
    private TimeSpan _pause = pause;
    private int _left = times;

    public static IReadOnlyList<Flag> Flags { get; } = [Times, Pause];

    public static FetchRetry Read(VerbValues values, CliIo io)
    {
        TimeSpan pause = values.Duration(Pause, TimeSpan.FromSeconds(1))!.Value;
        if (pause < TimeSpan.FromMilliseconds(10) || pause > TimeSpan.FromHours(1))
            throw io.Wrong("wrong.duration", ("flag", Pause.Name), ("value", values.Text(Pause)));
        return new FetchRetry(values.Number(Times, 0, 0, 1000), pause);
    }

    public bool Has => _left > 0;

    /// <summary>Whether an answer asks for another try: busy, or something before the server got none (RFC 9110 15.5.9, 15.6; RFC 6585 4).</summary>
    public bool Wants(HttpResponseHead head) => Has && head.Status is 408 or 429 or 500 or 502 or 503 or 504;

    /// <summary>Whether a failure may have passed by the next try.</summary>
    public bool Wants(SocketFailure failure) =>
        Has && failure.Error.Name is "ECONNREFUSED" or "ETIMEDOUT" or "EAI_AGAIN" or "EHOSTUNREACH" or "ENETUNREACH" or "ECONNRESET" or "SOKET_UNANSWERED" or "ENOENT";

    /// <summary>How long to wait before the next try: twice as long each time, or as the server says in seconds, up to 30 s.</summary>
    public TimeSpan Next(HttpResponseHead? head)
    {
        _left--;
        TimeSpan wait = _pause;
        _pause = _pause * 2 > Longest ? Longest : _pause * 2;
        if (head?.Fields.One("Retry-After") is { } after && int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds))
            wait = TimeSpan.FromSeconds(seconds);
        return wait < Longest ? wait : Longest;
    }
}
