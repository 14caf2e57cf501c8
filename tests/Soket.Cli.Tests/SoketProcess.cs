using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Soket.Tests.Events;

namespace Soket.Cli.Tests;

/// <summary>What a process that has ended left behind.</summary>
internal sealed record Finished(int ExitCode, byte[] OutBytes, string Error)
{
    public string Out { get; } = Encoding.UTF8.GetString(OutBytes);
}

/// <summary>
/// A real process with its three streams: the command line itself, or a peer. Waiting is for a line, an end, a port that answers; never for time.
/// </summary>
internal sealed class SoketProcess : IAsyncDisposable
{
    /// <summary>How long anything may take before a test gives up: generous, since it decides nothing else.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The command line under test: the one <c>./soket</c> has built and people run, which <c>./test</c> names (compiled ahead of time, it starts in half the
    /// time), else the one built beside the tests.
    /// </summary>
    public static string Program { get; } = Environment.GetEnvironmentVariable("SOKET_TEST_PROGRAM") is { Length: > 0 } built ? built : Path.Combine(AppContext.BaseDirectory, "Soket.Cli.dll");

    private static readonly Lazy<SchemaCheck> Schema = new(SchemaCheck.Load);

    private readonly Process _process;
    private readonly Lines _out = new();
    private readonly Lines _error = new();
    private readonly MemoryStream _outBytes = new();
    private readonly Task _reading;

    private SoketProcess(Process process)
    {
        _process = process;
        _reading = Task.WhenAll(ReadOutAsync(), ReadErrorAsync());
    }

    public int Id => _process.Id;

    public Stream Input => _process.StandardInput.BaseStream;

    /// <summary>Starts <c>soket</c> with arguments.</summary>
    public static SoketProcess Soket(params string[] arguments) => SoketIn(new Dictionary<string, string?>(), arguments);

    /// <summary>Starts <c>soket</c> in an environment of its own (null takes a variable away).</summary>
    public static SoketProcess SoketIn(IReadOnlyDictionary<string, string?> environment, params string[] arguments)
    {
        return Start("dotnet", environment, [Program, .. arguments]);
    }

    /// <summary>Starts another program.</summary>
    public static SoketProcess Peer(string program, params string[] arguments) => Start(program, new Dictionary<string, string?>(), arguments);

    /// <summary>Starts another program with variables of its own.</summary>
    public static SoketProcess PeerWith(IReadOnlyDictionary<string, string?> environment, string program, params string[] arguments) => Start(program, environment, arguments);

    /// <summary>Starts another program in a folder.</summary>
    public static SoketProcess PeerIn(string folder, string program, params string[] arguments) => Start(program, new Dictionary<string, string?>(), arguments, folder);

    /// <summary>Runs <c>soket</c> to its end.</summary>
    public static Task<Finished> RunAsync(params string[] arguments) => RunAsync(null, arguments);

    /// <summary>Runs <c>soket</c> to its end with something on stdin.</summary>
    public static async Task<Finished> RunAsync(byte[]? input, string[] arguments, IReadOnlyDictionary<string, string?>? environment = null, string? folder = null)
    {
        await using SoketProcess process = Start("dotnet", environment ?? new Dictionary<string, string?>(), [Program, .. arguments], folder);
        return await process.FinishAsync(input ?? []);
    }

    /// <summary>Starts <c>soket serve</c> with <c>--json</c> and gives it back with its endpoints once it is ready.</summary>
    public static async Task<(SoketProcess Server, IReadOnlyList<string> Endpoints)> ServeAsync(params string[] arguments)
    {
        SoketProcess server = Soket(["serve", .. arguments, "--json"]);
        string ready = await server.OutLineAsync(line => line.Contains("\"type\":\"ready\"", StringComparison.Ordinal));
        using JsonDocument document = JsonDocument.Parse(ready);
        return (server, [.. document.RootElement.GetProperty("endpoints").EnumerateArray().Select(endpoint => endpoint.GetString()!)]);
    }

    /// <summary>The port of an endpoint as it is written.</summary>
    public static int PortOf(string endpoint) => int.Parse(endpoint[(endpoint.LastIndexOf(':') + 1)..].TrimEnd('/'), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Waits for a line on stdout; fails with everything that was said when the process ends without it.</summary>
    public Task<string> OutLineAsync(Func<string, bool> wanted) => _out.WaitAsync(wanted, () => Said);

    /// <summary>Waits for the line that stands on a terminal without an end, as a prompt and a status line do: it may still grow.</summary>
    public Task<string> OpenLineAsync(Func<string, bool> wanted) => _out.WaitAsync(wanted, () => Said, open: true);

    /// <summary>Waits for a line on stderr.</summary>
    public Task<string> ErrorLineAsync(Func<string, bool> wanted) => _error.WaitAsync(wanted, () => Said);

    public string Said => $"stdout:\n{_out.All}\nstderr:\n{_error.All}";

    public async Task WriteAsync(string text)
    {
        await Input.WriteAsync(Encoding.UTF8.GetBytes(text));
        await Input.FlushAsync();
    }

    /// <summary>Gives it the rest of its stdin, closes that, and waits for its end.</summary>
    public async Task<Finished> FinishAsync(byte[]? input = null)
    {
        try
        {
            if (input is { Length: > 0 })
                await Input.WriteAsync(input);
            Input.Close();
        }
        catch (IOException)
        {
            // It has ended without reading everything; its exit code says why.
        }

        return await EndAsync();
    }

    /// <summary>Waits for its end.</summary>
    public async Task<Finished> EndAsync()
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(Patience);
            await _reading.WaitAsync(Patience);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{_process.StartInfo.FileName} {string.Join(' ', _process.StartInfo.ArgumentList)} did not end.\n{Said}");
        }

        var finished = new Finished(_process.ExitCode, _outBytes.ToArray(), _error.All);
        if (_process.StartInfo.ArgumentList.FirstOrDefault() == Program && _process.StartInfo.ArgumentList.Contains("--json"))
            CheckRecords(finished.Out);
        return finished;
    }

    // Every test that asks for records also looks whether they are what the schema promises.
    private static void CheckRecords(string written)
    {
        foreach (string line in written[..(written.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Take(1000))
        {
            using JsonDocument record = JsonDocument.Parse(line);
            if (Schema.Value.Problem(record.RootElement) is { } problem)
                throw new InvalidOperationException($"{problem}\n{line}");
        }
    }

    /// <summary>Sends a signal and waits for the end.</summary>
    public async Task<Finished> SignalAsync(string signal)
    {
        Signal(signal);
        return await EndAsync();
    }

    public void Signal(string signal)
    {
        using Process kill = Process.Start("kill", [$"-{signal}", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            await _process.WaitForExitAsync();
        }

        await _reading.WaitAsync(Patience);
        _process.Dispose();
    }

    private static SoketProcess Start(string program, IReadOnlyDictionary<string, string?> environment, string[] arguments, string? folder = null)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder ?? "" };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("SOKET_", StringComparison.Ordinal)).ToArray())
            start.Environment.Remove(name);
        foreach (string name in start.Environment.Keys.Where(name => name.EndsWith("_proxy", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name); // nor on how that machine reaches others
        start.Environment["LC_ALL"] = "C.UTF-8";
        start.Environment["SOKET_SETTINGS"] = "off"; // What a test sees must not depend on whose machine it is.
        start.Environment["PYTHONUNBUFFERED"] = "1";
        foreach ((string name, string? value) in environment)
            start.Environment[name] = value;
        return new SoketProcess(Process.Start(start)!);
    }

    private async Task ReadOutAsync()
    {
        byte[] buffer = new byte[16 * 1024];
        Decoder decoder = Encoding.UTF8.GetDecoder();
        char[] chars = new char[buffer.Length + 4];
        Stream stream = _process.StandardOutput.BaseStream;
        int read;
        while ((read = await stream.ReadAsync(buffer)) > 0)
        {
            _outBytes.Write(buffer, 0, read);
            _out.Add(chars.AsSpan(0, decoder.GetChars(buffer, 0, read, chars, 0)));
        }

        _out.End();
    }

    private async Task ReadErrorAsync()
    {
        char[] chars = new char[4096];
        int read;
        while ((read = await _process.StandardError.ReadAsync(chars)) > 0)
            _error.Add(chars.AsSpan(0, read));
        _error.End();
    }

    /// <summary>Text that grows, and who waits for a line of it. A line is whole or not there: a program may write one in several pieces.</summary>
    private sealed class Lines
    {
        private readonly Lock _lock = new();
        private readonly StringBuilder _text = new();
        private readonly List<(Func<string, bool> Wanted, bool Open, TaskCompletionSource<string?> Found)> _waiting = [];
        private bool _ended;

        public string All
        {
            get
            {
                lock (_lock)
                    return _text.ToString();
            }
        }

        public void Add(ReadOnlySpan<char> text)
        {
            lock (_lock)
            {
                _text.Append(text);
                for (int i = _waiting.Count - 1; i >= 0; i--)
                {
                    if (Find(_waiting[i].Wanted, _waiting[i].Open) is { } line)
                    {
                        _waiting[i].Found.TrySetResult(line);
                        _waiting.RemoveAt(i);
                    }
                }
            }
        }

        public void End()
        {
            lock (_lock)
            {
                _ended = true;
                foreach ((Func<string, bool> wanted, bool open, TaskCompletionSource<string?> found) in _waiting)
                    found.TrySetResult(Find(wanted, open));
            }
        }

        public async Task<string> WaitAsync(Func<string, bool> wanted, Func<string> said, bool open = false)
        {
            var found = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_lock)
            {
                if (Find(wanted, open) is { } line)
                    return line;
                if (_ended)
                    throw new InvalidOperationException($"The process ended without saying it.\n{said()}");
                _waiting.Add((wanted, open, found));
            }

            try
            {
                return await found.Task.WaitAsync(Patience) ?? throw new InvalidOperationException($"The process ended without saying it.\n{said()}");
            }
            catch (TimeoutException)
            {
                throw new TimeoutException($"It was never said.\n{said()}");
            }
        }

        private string? Find(Func<string, bool> wanted, bool open)
        {
            string[] lines = _text.ToString().Split('\n');
            return (open ? lines[^1..] : _ended ? lines : lines[..^1]).FirstOrDefault(wanted);
        }
    }
}
