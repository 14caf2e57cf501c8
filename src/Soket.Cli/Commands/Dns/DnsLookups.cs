using System.Diagnostics;
using System.Threading.Channels;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Dns;
using Soket.Explain;
using Soket.Protocols.Dns;

namespace Soket.Cli.Commands.Dns;

/// <summary>Questions under way, many at once; the answers are told in the order of the questions.</summary>
/// <param name="resolver">Whom to ask.</param>
/// <param name="queryClass">The class.</param>
/// <param name="parallel">How many are under way at once.</param>
internal sealed class DnsLookups(DnsResolver resolver, DnsClass queryClass, int parallel)
{
    private readonly Channel<(Task<DnsAnswer>? Answer, DnsLine? Bad)> _under = Channel.CreateUnbounded<(Task<DnsAnswer>?, DnsLine?)>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });
    private int _asked, _failed;

    /// <summary>Asks as the lines come, and tells as the answers do.</summary>
    /// <param name="input">What else was typed.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="path">Where they are from.</param>
    /// <param name="report">Who tells.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The exit code: of the first that has no answer.</returns>
    public async Task<int> RunAsync(DnsInput input, IAsyncEnumerable<DnsLine> lines, string path, DnsReport report, CancellationToken cancellationToken)
    {
        using var room = new SemaphoreSlim(parallel);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task asking = AskAsync(input, lines, room, ending.Token);
        int exit = ExitCodes.Done;
        try
        {
            await foreach ((Task<DnsAnswer>? answer, DnsLine? bad) in _under.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                int code = bad is null ? await report.TellAsync(await answer!.ConfigureAwait(false)).ConfigureAwait(false) : await report.TellAsync(bad, path).ConfigureAwait(false);
                _asked++;
                _failed += code == ExitCodes.Done ? 0 : 1;
                exit = exit == ExitCodes.Done ? code : exit;
                room.Release();
            }
        }
        finally
        {
            await ending.CancelAsync().ConfigureAwait(false);
            await asking.ConfigureAwait(false);
        }

        return exit;
    }

    /// <summary>How many there were, how many without an answer, how fast.</summary>
    public string Summary(long started, CliIo io)
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(started);
        return io.Text("dns.summary-line", ("count", _asked), ("failed", _failed), ("time", Units.Format(elapsed)), ("rate", Units.FormatCount((long)(_asked / Math.Max(elapsed.TotalSeconds, 0.001)))));
    }

    // What ends it, it tells the reader; it does not throw itself.
    private async Task AskAsync(DnsInput input, IAsyncEnumerable<DnsLine> lines, SemaphoreSlim room, CancellationToken cancellationToken)
    {
        Exception? end = null;
        try
        {
            await foreach (DnsLine line in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                if (line.Wrong is not null)
                {
                    await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                    _under.Writer.TryWrite((null, line));
                    continue;
                }

                foreach ((string name, DnsType type) in input.QuestionsOf(line))
                {
                    await room.WaitAsync(cancellationToken).ConfigureAwait(false);
                    _under.Writer.TryWrite((resolver.LookUpAsync(name, type, queryClass, cancellationToken), null));
                }
            }
        }
        catch (Exception e) when (e is UsageException or IOException or OperationCanceledException)
        {
            end = e;
        }

        _under.Writer.TryComplete(end);
    }
}
