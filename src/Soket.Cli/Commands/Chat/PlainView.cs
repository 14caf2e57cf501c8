using System.Runtime.CompilerServices;
using System.Text;
using System.Threading.Channels;
using Soket.Cli.CommandLine;
using Soket.Cli.Rendering;

namespace Soket.Cli.Commands.Chat;

/// <summary>
/// Lines to stdout and from stdin: a pipe, or a terminal that nothing can be taken back on. There a prompt waits after each answer, since who talks by turns
/// is asked for his turn.
/// </summary>
internal sealed class PlainView : IChatView
{
    private readonly CliIo _io;
    private readonly Screen _screen;
    private readonly bool _quiet;
    private readonly Channel<Item> _items = Channel.CreateBounded<Item>(new BoundedChannelOptions(64) { SingleReader = true });
    private readonly Task _writing;
    private volatile bool _prompting; // the prompt stands, and nothing was typed behind it yet
    private IOException? _failure;    // written once, before the writing ends

    private readonly record struct Item(string? Line, bool IsRemark = false, bool Prompts = false, TaskCompletionSource? Written = null);

    public PlainView(CliIo io, Screen screen, bool quiet)
    {
        (_io, _screen, _quiet) = (io, screen, quiet);
        IsTyped = io.InIsTerminal && io.OutIsTerminal;
        _writing = Task.Run(WriteAllAsync);
    }

    public bool KeepsTyped => IsTyped;

    public bool IsTyped { get; }

    /// <summary>Why stdout takes no more; null while it does.</summary>
    public IOException? Failure => Volatile.Read(ref _failure);

    public void Begin()
    {
        if (IsTyped)
            Add(new Item(null, Prompts: true));
    }

    public void Show(string line) => Add(new Item(line, Prompts: IsTyped));

    public void Remark(string line)
    {
        if (!_quiet)
            Add(new Item(line, IsRemark: true));
    }

    public void SetPrompt(string prompt)
    {
        // Here it is always the same.
    }

    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (byte[] line in _io.In.ReadLinesAsync(cancellationToken).ConfigureAwait(false))
        {
            _prompting = false;
            yield return Encoding.UTF8.GetString(line);
        }
    }

    public async Task FlushAsync()
    {
        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        if (_items.Writer.TryWrite(new Item(null, Written: written)))
            await Task.WhenAny(written.Task, _writing).ConfigureAwait(false);
        await _screen.FlushAsync().ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _items.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    private void Add(in Item item)
    {
        if (_items.Writer.TryWrite(item) || _writing.IsCompleted)
            return;
        // stdout is slow, and what was said must not get lost: so the chat waits.
        Task waiting = _items.Writer.WriteAsync(item).AsTask();
        Task.WaitAny(waiting, _writing);
    }

    private async Task WriteAllAsync()
    {
        try
        {
            await foreach (Item item in _items.Reader.ReadAllAsync().ConfigureAwait(false))
            {
                await WriteAsync(item).ConfigureAwait(false);
                item.Written?.TrySetResult();
            }
        }
        catch (IOException e)
        {
            Volatile.Write(ref _failure, e); // whoever flushes or ends asks for it
            _items.Writer.TryComplete();
        }
    }

    // On a terminal both streams are one picture: what came before stands before, and a prompt that still stands comes again below.
    private async Task WriteAsync(Item item)
    {
        bool again = item.Line is not null && _prompting;
        if (again)
            await PutAsync("\n").ConfigureAwait(false);
        if (item is { Line: { } remark, IsRemark: true })
            _screen.Line(remark);
        else if (item.Line is { } line)
            await PutAsync(line + "\n").ConfigureAwait(false);
        if (_io.OutIsTerminal && item.IsRemark)
            await _screen.FlushAsync().ConfigureAwait(false);
        if (!again && !item.Prompts)
            return;
        if (!item.IsRemark)
            await _screen.FlushAsync().ConfigureAwait(false);
        _prompting = true;
        await PutAsync("> ").ConfigureAwait(false);
    }

    private async Task PutAsync(string text) => await _io.Out.WriteAsync(Encoding.UTF8.GetBytes(text)).ConfigureAwait(false);
}
