using Soket.Cli.Rendering;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class ScreenTests
{
    private const string Clear = "\r\u001b[K";

    [Fact]
    public async Task Lines_come_in_order_and_the_status_is_taken_away_before_them()
    {
        var time = new HandTime();
        var writer = new StringWriter();
        var screen = new Screen(writer, new() { CanRewrite = true, Time = time });
        int ticks = 0;
        screen.StartStatus(() => $"status {++ticks}");
        time.Tick();
        await screen.FlushAsync();
        screen.Line("one");
        screen.Line("two");
        await screen.FlushAsync();
        time.Tick();
        await screen.FlushAsync();
        await screen.DisposeAsync();
        Assert.Equal($"{Clear}status 1{Clear}one\ntwo\n{Clear}status 2{Clear}", writer.ToString());
        Assert.Equal(TimeSpan.FromMilliseconds(250), time.Period);
    }

    [Fact]
    public async Task What_a_person_typed_on_the_line_of_the_status_goes_with_it()
    {
        var time = new HandTime();
        var writer = new StringWriter();
        var screen = new Screen(writer, new() { CanRewrite = true, Time = time });
        screen.StartStatus(() => "status");
        time.Tick();
        await screen.FlushAsync();
        screen.Line("one");
        await screen.FlushAsync(); // the status does not stand there when the terminal echoes ^C
        writer.Write("^C");
        screen.EndStatus();
        screen.Line("summary");
        await screen.DisposeAsync();
        Assert.EndsWith($"one\n^C{Clear}summary\n", writer.ToString());
    }

    [Theory]
    [InlineData(true, "\r\u001b[2A\u001b[J")]
    [InlineData(false, Clear)]
    public async Task A_status_that_a_narrower_window_has_folded_goes_with_all_its_rows(bool reflows, string erased)
    {
        var time = new HandTime();
        var writer = new StringWriter();
        int width = 80;
        var screen = new Screen(writer, new() { CanRewrite = true, Time = time, Reflows = reflows, Width = () => width });
        string status = new('x', 70);
        screen.StartStatus(() => status);
        time.Tick();
        await screen.FlushAsync();
        width = 30; // 70 columns are three rows now
        screen.Line("one");
        await screen.DisposeAsync();
        Assert.Equal($"{Clear}{status}{erased}one\n{Clear}", writer.ToString());
    }

    [Fact]
    public async Task Behind_a_shells_prompt_no_status_is_written_over_what_is_typed_there()
    {
        var time = new HandTime();
        var writer = new StringWriter();
        bool foreground = true;
        var screen = new Screen(writer, new() { CanRewrite = true, Time = time, IsForeground = () => foreground });
        int ticks = 0;
        screen.StartStatus(() => $"status {++ticks}");
        time.Tick();
        await screen.FlushAsync();
        foreground = false; // Ctrl-Z, bg
        screen.Line("one");
        await screen.FlushAsync();
        time.Tick();
        await screen.FlushAsync();
        screen.Line("two");
        await screen.FlushAsync();
        foreground = true;  // fg
        time.Tick();
        await screen.FlushAsync();
        foreground = false;
        await screen.DisposeAsync();
        Assert.Equal($"{Clear}status 1one\ntwo\n{Clear}status 2", writer.ToString());
    }

    [Fact]
    public async Task Where_a_line_cannot_be_rewritten_there_is_no_status()
    {
        var time = new HandTime();
        var writer = new StringWriter();
        await using (var screen = new Screen(writer, new() { CanRewrite = false, Time = time }))
        {
            screen.StartStatus(() => "status");
            time.Tick();
            screen.Line("one");
        }

        Assert.Equal("one\n", writer.ToString());
    }

    [Fact]
    public async Task A_log_that_is_too_fast_loses_lines_and_says_how_many_and_an_error_gets_through()
    {
        var writer = new GatedWriter();
        var screen = new Screen(writer, new() { Capacity = 2, Language = Language.Indonesian });
        screen.Line("first");
        await writer.Blocked.Task.WaitAsync(TestContext.Current.CancellationToken);
        for (int i = 0; i < 5; i++)
            screen.Offer($"log {i}");
        screen.Offer(null);
        screen.Line("error");
        writer.Gate.Set();
        await screen.DisposeAsync();
        Assert.Equal("first\nlog 0\nlog 1\n(4 baris dibuang: terminal lebih lambat daripada socket)\nerror\n", writer.ToString());
    }

    [Fact]
    public void The_status_says_what_a_server_does_now_and_how_fast()
    {
        var snapshots = new Queue<StatusSnapshot>([new(2, 1234, 5, 1024, 2048, TimeSpan.FromSeconds(1)), new(1, 1235, 6, 3072, 2048, TimeSpan.FromSeconds(3))]);
        var english = new StatusLine(snapshots.Dequeue, Language.English);
        Assert.Equal("00:00:01 · 2 connected, 1 234 in all · 5 messages · in 1.0 KiB/s · out 2.0 KiB/s", english.Render());
        Assert.Equal("00:00:03 · 1 connected, 1 235 in all · 6 messages · in 1.0 KiB/s · out 0 B/s", english.Render());
    }

    private sealed class HandTime : TimeProvider, ITimer
    {
        private TimerCallback? _callback;
        private object? _state;

        public TimeSpan Period { get; private set; }

        public void Tick() => _callback?.Invoke(_state);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            (_callback, _state, Period) = (callback, state, period);
            return this;
        }

        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose() => _callback = null;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    private sealed class GatedWriter : StringWriter
    {
        public TaskCompletionSource Blocked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Gate { get; } = new();

        public override void Write(string? value)
        {
            Blocked.TrySetResult();
            Gate.Wait(TestContext.Current.CancellationToken);
            base.Write(value);
        }
    }
}
