using System.Diagnostics;
using System.Text;

namespace Soket.Cli.Tests.Docs;

/// <summary>A command on a pseudo-terminal of its own (util-linux script): it shows, asks and takes keys as it does for a person.</summary>
internal sealed class TerminalCommand : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // While accepting only: what shows nothing more for this long has shown what it had to show. Starting takes longer.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Process _process;
    private readonly bool _accept;
    private readonly Task _reading;
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();                                                           // under _lock
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);        // under _lock
    private bool _ended;                                                                                    // under _lock
    private int _taken;                                                                                     // lines that have been held against the document

    public TerminalCommand(NetworkOfItsOwn network, string command, string folder, IReadOnlyDictionary<string, string> environment, bool accept)
    {
        _accept = accept;
        ProcessStartInfo start = network.Enter(folder, "script", "-E", "always", "-qefc", command, "/dev/null");
        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SOKET_", StringComparison.Ordinal) || name is "COLUMNS" or "LINES" or "LANG" || name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        start.Environment["SOKET_SETTINGS"] = "off"; // What a document shows must not depend on whose machine it is.
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        _reading = ReadAsync();
    }

    /// <summary>What was shown and not yet looked at.</summary>
    public string Rest => string.Join('\n', Shown().Split('\n').Skip(_taken));

    public bool HasEnded
    {
        get
        {
            lock (_lock)
                return _ended;
        }
    }

    /// <summary>Waits until the lines are shown, and takes them. What comes after them stays for the next.</summary>
    /// <param name="expected">The lines.</param>
    /// <param name="where">The command's place in the document.</param>
    /// <param name="unseen">Nobody looks at what it shows later.</param>
    /// <returns>The lines that the document should have: its own, or when accepting what was shown.</returns>
    public async Task<IReadOnlyList<string>> ShowsAsync(Expectation expected, string where, bool unseen = false)
    {
        if (_accept)
        {
            await QuietAsync(something: expected.Written.Count > 0);
            if (unseen && expected.MatchStart(Rest) >= 0)
                return expected.Written;
            return Accepted(expected, whole: false);
        }

        int count = -1;
        await UntilAsync(() => (count = expected.MatchStart(Rest)) >= 0, () => $"{where}: it did not show what the document says.\n{expected.Differences(Rest)}");
        _taken += count;
        return expected.Written;
    }

    /// <summary>Waits until the lines are shown and a prompt <c>&gt; </c> waits below them, then types a line.</summary>
    public async Task<IReadOnlyList<string>> TypeAsync(Expectation expected, string line, string where)
    {
        if (_accept)
            await UntilAsync(() => Rest[(Rest.LastIndexOf('\n') + 1)..] == "> ", () => $"{where}: no prompt to type '{line}' at.\n{Rest}");
        IReadOnlyList<string> lines = await ShowsAsync(expected, where);
        await UntilAsync(() => Rest.StartsWith("> ", StringComparison.Ordinal), () => $"{where}: no prompt to type '{line}' at.\n{Rest}");
        await KeysAsync(line + "\n");
        return lines;
    }

    /// <summary>Presses keys.</summary>
    public async Task KeysAsync(string keys)
    {
        try
        {
            await _process.StandardInput.BaseStream.WriteAsync(Encoding.UTF8.GetBytes(keys));
            await _process.StandardInput.BaseStream.FlushAsync();
        }
        catch (IOException)
        {
            // The command has ended; what it showed is held against the document all the same.
        }
    }

    /// <summary>Waits for the end; everything that was shown until then must be expected.</summary>
    /// <returns>The lines that the document should have: its own, or when accepting what was shown.</returns>
    public async Task<IReadOnlyList<string>> EndsAsync(Expectation expected, string where)
    {
        await UntilAsync(null, () => $"{where}: it did not end.\n{expected.Differences(Rest)}");
        if (_accept)
            return Accepted(expected, whole: true);
        string rest = Rest;
        if (!expected.MatchWhole(rest))
            throw new DocumentDiffersException($"{where}: it showed something else than the document says.\n{expected.Differences(rest)}");
        _taken += rest.Count(c => c == '\n');
        return expected.Written;
    }

    /// <summary>Ends it as a person would, with Ctrl-C; by force when that does not help.</summary>
    public async ValueTask DisposeAsync()
    {
        for (int i = 0; i < 2 && !HasEnded; i++)
        {
            await KeysAsync("\u0003");
            await Task.WhenAny(_reading, Task.Delay(TimeSpan.FromSeconds(5)));
        }

        if (!_process.HasExited)
        {
            try
            {
                await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(2));
            }
            catch (TimeoutException)
            {
                _process.Kill(entireProcessTree: true);
            }
        }

        await _reading.WaitAsync(Patience);
        _process.Dispose();
    }

    private IReadOnlyList<string> Accepted(Expectation expected, bool whole)
    {
        string rest = Rest;
        if (!whole)
            rest = rest[..(rest.LastIndexOf('\n') + 1)];
        _taken += rest.Count(c => c == '\n');
        return expected.Accept(rest);
    }

    private async Task QuietAsync(bool something)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            lock (_lock)
                changed = _changed.Task;
            TimeSpan patience = something && !Rest.Contains('\n') ? 5 * Quiet : Quiet;
            if (HasEnded || limit.IsCancellationRequested || await Task.WhenAny(changed, Task.Delay(patience)) != changed)
                return;
        }
    }

    private async Task UntilAsync(Func<bool>? condition, Func<string> otherwise)
    {
        using var limit = new CancellationTokenSource(Patience);
        while (true)
        {
            Task changed;
            bool ended;
            lock (_lock)
                (changed, ended) = (_changed.Task, _ended);
            if (condition is null ? ended : condition())
                return;
            if (ended)
                throw new DocumentDiffersException(otherwise());
            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new DocumentDiffersException(otherwise());
            }
        }
    }

    // What a person sees in the end: a line that was taken back ("\r", erase to the end of the line) is not there, Ctrl-C leaves no ^C.
    private string Shown()
    {
        string text;
        lock (_lock)
            text = _text.ToString();
        IEnumerable<string> lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n').Select(line =>
        {
            int erased = line.LastIndexOf("\r\u001b[K", StringComparison.Ordinal);
            line = erased < 0 ? line : line[(erased + 4)..];
            return line.StartsWith("^C", StringComparison.Ordinal) ? line[2..] : line;
        });
        return string.Join('\n', lines);
    }

    private async Task ReadAsync()
    {
        char[] chars = new char[4096];
        int read;
        while ((read = await _process.StandardOutput.ReadAsync(chars)) > 0)
            Changed(() => _text.Append(chars, 0, read));
        await _process.WaitForExitAsync();
        Changed(() => _ended = true);
    }

    private void Changed(Action change)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            change();
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        changed.TrySetResult();
    }
}

/// <summary>A command did not do what its document says.</summary>
internal sealed class DocumentDiffersException(string message) : Exception(message);
