using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;
using Soket.Cli.Settings;
using Soket.Http;
using Soket.Protocols.Http1;

namespace Soket.Cli.Commands.Fetch;

/// <summary>Where the body goes: stdout exactly, a terminal made safe, a file with its progress, the first characters, or a record.</summary>
internal sealed class FetchOutput(CliIo io, Screen screen, FetchPlan plan) : IAsyncDisposable
{
    private const long MostCaptured = 16 * 1024 * 1024;
    private BodyText? _text;
    private FileStream? _file;
    private FileOutput? _fileOutput;

    public string? Path { get; init; }

    public bool Force { get; init; }

    /// <summary>Whether what is no text goes to a terminal all the same.</summary>
    public bool TakesBinary { get; init; }

    /// <summary>Whether the body was no text, and was kept from the terminal.</summary>
    public bool IsBinaryRefused => _text is { IsBinary: true };

    /// <summary>How many characters are wanted; null for all.</summary>
    public long? Characters { get; init; }

    public bool Json { get; init; }

    /// <summary>Whether heads go to stdout before the body.</summary>
    public bool ShowsHead { get; init; }

    public bool ShowsProgress { get; init; }

    /// <summary>The body for the record.</summary>
    public BodyCapture? Captured { get; private set; }

    /// <summary>Whether anything was given out, so that another try would give it out twice.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>How much of the file stands there that a later fetch can go on from; null where there is none, or where it was unpacked on the way.</summary>
    public long? Resumable => _file is { CanSeek: true, Position: > 0 and var there } && !plan.Options.Decompress ? there : null;

    /// <summary>Refuses a file that is there, or has no folder to stand in, before anything connects.</summary>
    public void Check()
    {
        if (Path is not null && System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } folder && !Directory.Exists(folder))
        {
            var missing = new DirectoryNotFoundException();
            throw new OutputException(missing.Message, missing) { File = Path };
        }

        if (Path is not null && !Force && !plan.Resumes && System.IO.Path.Exists(Path) && !NewFile.IsDevice(Path))
            throw io.Wrong("fetch.wrong.exists", ("path", TerminalText.Safe(Path)));
    }

    public async ValueTask<Stream?> OpenAsync(FetchExchange exchange, CancellationToken cancellationToken)
    {
        IsBegun = true;
        if (ShowsHead && !Json)
        {
            foreach (HttpResponseHead head in exchange.Interim.Append(exchange.Response!))
                await io.Out.WriteAsync(System.Text.Encoding.Latin1.GetBytes(HeadView.Whole(head, io.OutIsTerminal)), cancellationToken).ConfigureAwait(false);
        }

        if (Path is not null)
            return OpenFile(exchange);
        if (Json)
            return Captured = new BodyCapture(MostCaptured);
        if (Characters is null && !io.OutIsTerminal)
            return io.Out;
        return _text = new BodyText(io.Out, exchange.Response!.Fields.One("Content-Type"), io.OutIsTerminal, Characters, isBinaryRefused: io.OutIsTerminal && Characters is null && !TakesBinary);
    }

    /// <summary>Ends what was begun: the last characters, the file.</summary>
    public async Task EndAsync(CancellationToken cancellationToken)
    {
        screen.EndStatus();
        if (_text is not null)
            await _text.EndAsync(cancellationToken).ConfigureAwait(false);
        _text = null;
        if (_file is not null)
            await _file.DisposeAsync().ConfigureAwait(false);
        _file = null;
    }

    public async ValueTask DisposeAsync()
    {
        screen.EndStatus();
        if (_fileOutput is not null)
            await _fileOutput.DisposeAsync().ConfigureAwait(false);
        if (_file is not null)
            await _file.DisposeAsync().ConfigureAwait(false);
        if (_text is not null)
            await _text.DisposeAsync().ConfigureAwait(false);
        if (Captured is not null)
            await Captured.DisposeAsync().ConfigureAwait(false);
    }

    private FileOutput OpenFile(FetchExchange exchange)
    {
        FileMode mode = plan.Resumes ? FileMode.OpenOrCreate : Force || NewFile.IsDevice(Path!) ? FileMode.Create : FileMode.CreateNew;
        try
        {
            _file = new FileStream(Path!, new FileStreamOptions { Mode = mode, Access = FileAccess.Write, BufferSize = 0, Options = FileOptions.Asynchronous });
            if (plan.Resumes)
                _file.Seek(plan.Options.ResumeAt ?? 0, SeekOrigin.Begin);
        }
        catch (IOException) when (mode == FileMode.CreateNew && System.IO.Path.Exists(Path))
        {
            throw io.Wrong("fetch.wrong.exists", ("path", TerminalText.Safe(Path!)));
        }
        catch (Exception e) when (FileTrouble.Is(e))
        {
            throw new OutputException(e.Message, e) { File = Path };
        }

        if (ShowsProgress)
        {
            long started = TimeProvider.System.GetTimestamp();
            screen.StartStatus(() => Progress(exchange, TimeProvider.System.GetElapsedTime(started)));
        }

        return _fileOutput = new FileOutput(_file, Path!);
    }

    private string Progress(FetchExchange exchange, TimeSpan elapsed)
    {
        const int Cells = 24;
        long done = exchange.ContentBytes, whole = exchange.Codings.Count > 0 ? -1 : exchange.Framing.Length;
        string rate = Units.FormatBytes(elapsed.TotalSeconds > 0 ? done / elapsed.TotalSeconds : 0);
        if (whole <= 0)
            return io.Text("fetch.progress-open", ("done", Units.FormatBytes(done)), ("rate", rate));
        int full = (int)(done * Cells / whole);
        string bar = new string(io.Unicode ? '█' : '#', full) + new string(io.Unicode ? '░' : '.', Cells - full);
        return io.Text("fetch.progress", ("bar", bar), ("percent", (int)(done * 100 / whole)), ("done", Units.FormatBytes(done)), ("whole", Units.FormatBytes(whole)), ("rate", rate));
    }
}
