using System.Runtime.InteropServices;
using System.Text;
using System.Threading.Channels;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;

namespace Soket.Cli.Commands.Chat;

/// <summary>
/// A terminal with the line that is typed at its bottom: what comes is put above it, and it is never torn. Everything that is written goes through here.
/// </summary>
internal sealed class TerminalView : TextWriter, IChatView
{
    private const string Clear = "\r\u001b[K"; // ECMA-48 EL
    private const string ClearAll = "\u001b[H\u001b[2J"; // CUP, ED

    private readonly CliIo _io;
    private readonly bool _quiet;
    private readonly LineEditor _editor;
    private readonly Channel<string> _typed = Channel.CreateBounded<string>(new BoundedChannelOptions(64) { SingleReader = true, SingleWriter = true });
    private readonly Lock _lock = new();
    private readonly StringBuilder _unfinished = new(); // under _lock: what was written without its line's end
    private string _prompt = "> ";                      // under _lock
    private bool _live;                                 // under _lock: the prompt stands
    private bool _begun;                                // under _lock
    private PosixSignalRegistration? _continued;        // under _lock

    public TerminalView(CliIo io, bool quiet, Func<string, IEnumerable<string>> candidates)
        : base(System.Globalization.CultureInfo.InvariantCulture)
    {
        (_io, _quiet, _editor) = (io, quiet, new LineEditor(candidates));
    }

    public bool KeepsTyped => false;

    public bool IsTyped => true;

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Begins to read keys; what comes before is shown without a prompt below it.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (_begun)
                return;
            (_begun, _live) = (true, true);
            // After Ctrl-Z and fg the shell's lines stand where the prompt was.
            if (!OperatingSystem.IsWindows())
                _continued = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => Redraw());
            Draw("");
        }

        // The console's reader, which knows the terminal's keys: a thread of its own, since nothing can end its wait.
        new Thread(Read) { IsBackground = true, Name = "keys" }.Start();
    }

    public void Show(string line)
    {
        lock (_lock)
            Put(line);
    }

    public void Remark(string line)
    {
        if (!_quiet)
            Show(line);
    }

    public void SetPrompt(string prompt)
    {
        lock (_lock)
        {
            if (_prompt == prompt)
                return;
            _prompt = prompt;
            Draw(Clear);
        }
    }

    // As the writer of a log, whose lines come in pieces.
    public override void Write(char value) => Write(value.ToString());

    public override void Write(string? value)
    {
        lock (_lock)
        {
            _unfinished.Append(value);
            string text = _unfinished.ToString();
            if (text.LastIndexOf('\n') is var end and >= 0)
            {
                _unfinished.Clear().Append(text, end + 1, text.Length - end - 1);
                Put(text[..end]);
            }
        }
    }

    public IAsyncEnumerable<string> ReadAsync(CancellationToken cancellationToken) => _typed.Reader.ReadAllAsync(cancellationToken);

    public override Task FlushAsync() => Task.CompletedTask;

    public override ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_live)
                Send(Clear);
            _live = false;
            _continued?.Dispose();
        }

        return base.DisposeAsync();
    }

    private void Read()
    {
        try
        {
            while (true)
            {
                ConsoleKeyInfo key = Console.ReadKey(intercept: true);
                string? line;
                lock (_lock)
                {
                    if (!_live)
                        return;
                    if (key is { Key: ConsoleKey.D, Modifiers: ConsoleModifiers.Control } && _editor.Text.Length == 0)
                        break;
                    bool all = key is { Key: ConsoleKey.L, Modifiers: ConsoleModifiers.Control };
                    line = all ? null : _editor.Press(key);
                    Draw(all ? ClearAll : Clear);
                }

                if (line is not null && !_typed.Writer.TryWrite(line))
                    _typed.Writer.WriteAsync(line).AsTask().GetAwaiter().GetResult(); // This thread exists to block.
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The terminal has gone away: that is the end of what is typed.
        }

        _typed.Writer.TryComplete();
    }

    private void Redraw()
    {
        lock (_lock)
            Draw("");
    }

    private void Put(string text)
    {
        var lines = new StringBuilder(_live ? Clear : "");
        foreach (string line in text.Split('\n'))
        {
            foreach (string part in TextWidth.Wrap(line, Math.Max(20, _io.Width - 1), indent: "    "))
                lines.Append(part).Append('\n');
        }

        if (_live)
            Draw(lines.ToString());
        else
            Send(lines.ToString());
    }

    private void Draw(string before)
    {
        if (!_live)
            return;
        int room = Math.Max(8, _io.Width - 1 - TextWidth.Of(_prompt));
        (string shown, int column) = _editor.Show(room);
        column += TextWidth.Of(_prompt);
        Send(before + Clear + _prompt + shown + "\r" + (column > 0 ? $"\u001b[{column}C" : ""));
    }

    private void Send(string text)
    {
        try
        {
            _io.Out.Write(Encoding.UTF8.GetBytes(text));
        }
        catch (IOException)
        {
            _live = false; // nobody looks any more; the keys' thread notices as well
        }
    }
}
