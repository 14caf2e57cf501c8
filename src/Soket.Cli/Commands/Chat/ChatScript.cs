using System.Runtime.CompilerServices;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;

namespace Soket.Cli.Commands.Chat;

/// <summary>
/// What is said by itself: a file whose lines are typed one after another. <c>/wait TEXT</c> waits until something is shown that has the text in it,
/// <c>/pause TIME</c> waits; empty lines and those that begin with <c>##</c> are passed over.
/// </summary>
internal sealed class ChatScript
{
    private const int LongestFile = 1024 * 1024;

    /// <summary>How long <c>/wait</c> waits.</summary>
    public static TimeSpan Longest { get; } = TimeSpan.FromSeconds(60);

    private readonly string[] _lines;
    private readonly Lock _lock = new();
    private readonly Queue<string> _shown = new();                                                        // under _lock: since the last wait
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);         // under _lock

    private ChatScript(string[] lines) => _lines = lines;

    public static ChatScript Read(string path, CliIo io)
    {
        try
        {
            if (new FileInfo(path).Length > LongestFile)
                throw io.Wrong("chat.wrong.script-long", ("path", TerminalText.Safe(path)));
            string[] lines = File.ReadAllLines(path);
            foreach ((int number, string line) in lines.Index())
            {
                if (line.StartsWith("/pause ", StringComparison.Ordinal) && !Units.TryParseDuration(line[7..].Trim(), out _, out _))
                    throw io.Wrong("chat.wrong.script-pause", ("path", TerminalText.Safe(path)), ("line", number + 1));
            }

            return new ChatScript(lines);
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw io.Wrong("chat.wrong.script", ("path", TerminalText.Safe(path)), ("error", FileTrouble.Of(e, path, io)));
        }
    }

    /// <summary>What was waited for and was not shown in time: the script has ended there; null for nothing.</summary>
    public string? GaveUpOn { get; private set; }

    /// <summary>Something was shown.</summary>
    public void Saw(string text)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            _shown.Enqueue(text);
            if (_shown.Count > 10_000)
                _shown.Dequeue();
            more = _more;
            _more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        more.TrySetResult();
    }

    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (string line in _lines)
        {
            if (line.Trim().Length == 0 || line.StartsWith("##", StringComparison.Ordinal))
                continue;
            if (line.StartsWith("/wait ", StringComparison.Ordinal))
            {
                string text = line[6..].Trim();
                try
                {
                    await WaitForAsync(text, cancellationToken).WaitAsync(Longest, cancellationToken).ConfigureAwait(false);
                }
                catch (TimeoutException)
                {
                    GaveUpOn = text;
                    yield break;
                }
            }
            else if (line.StartsWith("/pause ", StringComparison.Ordinal))
                await Task.Delay(Units.TryParseDuration(line[7..].Trim(), out TimeSpan time, out _) ? time : TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
            else
                yield return line;
        }
    }

    private async Task WaitForAsync(string text, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                // What was shown before it is used up: the next wait is for what comes after.
                while (_shown.TryDequeue(out string? shown))
                {
                    if (shown.Contains(text, StringComparison.Ordinal))
                        return;
                }

                more = _more.Task;
            }

            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
