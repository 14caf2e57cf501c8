using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Soket.Hosting;
using Soket.Protocols.Framing;
using Soket.Transports;
using Soket.Transports.Internal;

namespace Soket.Linux.Engine.Messages;

/// <summary>A listener whose connections' messages are answered on the loops that carry them.</summary>
[SupportedOSPlatform("linux")]
internal sealed class LoopMessageListener : IMessageListener
{
    private const int MostReceived = 64 * 1024; // the loop's buffer: a larger chunk could not come in one piece
    private readonly LoopGroup _group;
    private readonly MessageLane[] _lanes; // by the index of their loop
    private readonly LoopListener _listener;
    private readonly TaskCompletionSource _empty = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _active;                   // interlocked
    private volatile bool _disposing;

    private LoopMessageListener(LoopGroup group, MessageHost host, Func<LoopListenerOptions, LoopListener> listen, ManagedTransportOptions sockets)
    {
        _group = group;
        _lanes = [.. group.Loops.Select(_ => new MessageLane(this, host))];
        _listener = listen(new LoopListenerOptions
        {
            Create = () => new MessageConversation(_lanes[0]),
            Sockets = sockets,
            AcceptFailed = host.AcceptFailed,
            Paused = true,
        });
    }

    public EndPoint EndPoint => _listener.EndPoint;

    public int Active => Volatile.Read(ref _active);

    public MessageTotals Totals
    {
        get
        {
            MessageTotals all = default;
            foreach (MessageLane lane in _lanes)
            {
                MessageTotals one = lane.Totals;
                all = new(all.Messages + one.Messages, all.Received + one.Received, all.Sent + one.Sent);
            }

            return all;
        }
    }

    /// <summary>Whether messages cut by a framing can be answered on loops with sockets made so.</summary>
    /// <remarks>A deadline of a receive or a send is a wait, and nothing waits here.</remarks>
    public static bool CanAnswer(ManagedTransportOptions sockets, Framing framing) =>
        (framing is not ChunkFraming || sockets.ReceiveSize <= MostReceived) && Sockets.ReceiveTimeout(sockets.Options) is null && Sockets.SendTimeout(sockets.Options) is null;

    public static LoopMessageListener Bind(LoopGroup group, EndPoint endpoint, ManagedTransportOptions sockets, MessageHost host) =>
        new(group, host, options => LoopListener.Bind(group, endpoint, options), sockets);

    public static LoopMessageListener Adopt(LoopGroup group, Socket socket, ManagedTransportOptions sockets, MessageHost host) =>
        new(group, host, options => LoopListener.Adopt(group, socket, options), sockets);

    public void Resume() => _listener.ResumeAccepting();

    public void Pause() => _listener.PauseAccepting();

    public async ValueTask UnbindAsync()
    {
        await _listener.DisposeAsync().ConfigureAwait(false);
        // What was dealt to a loop comes before what is posted to it now.
        await OnEachAsync(static (_, _) => 0).ConfigureAwait(false);
    }

    // Nobody waits for it: each conversation's end is told by itself.
    public void RequestClose(string reason) => Post((loop, lane) => lane.ForEach(loop, static (one, reason) => one.RequestClose(reason), reason), static _ => { });

    public Task<int> AbortAsync() => OnEachAsync(static (loop, lane) => lane.ForEach(loop, static (one, _) => one.GiveUp(), 0));

    public async ValueTask DisposeAsync()
    {
        await UnbindAsync().ConfigureAwait(false);
        await AbortAsync().ConfigureAwait(false);
        _disposing = true;
        if (Active > 0)
            await _empty.Task.ConfigureAwait(false);
    }

    /// <summary>The lane of a loop.</summary>
    internal MessageLane LaneOf(EventLoop loop) => _lanes[loop.Index];

    /// <summary>A conversation was let in.</summary>
    internal void Entered() => Interlocked.Increment(ref _active);

    /// <summary>A conversation has ended.</summary>
    internal void Left()
    {
        if (Interlocked.Decrement(ref _active) == 0 && _disposing)
            _empty.TrySetResult();
    }

    private async Task<int> OnEachAsync(Func<EventLoop, MessageLane, int> action)
    {
        var done = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        int left = _lanes.Length, sum = 0;
        Post(action, result =>
        {
            Interlocked.Add(ref sum, result);
            if (Interlocked.Decrement(ref left) == 0)
                done.SetResult(Volatile.Read(ref sum));
        });
        return await done.Task.ConfigureAwait(false);
    }

    // A loop that has ended has closed its connections.
    private void Post(Func<EventLoop, MessageLane, int> action, Action<int> done)
    {
        foreach (EventLoop loop in _group.Loops)
        {
            var work = new LaneWork(loop, LaneOf(loop), action, done);
            if (!loop.PostTo(static work => ((LaneWork)work!).Run(), work))
                done(0);
        }
    }

    private sealed record LaneWork(EventLoop Loop, MessageLane Lane, Func<EventLoop, MessageLane, int> Action, Action<int> Done)
    {
        public void Run()
        {
            int result = 0;
            try
            {
                result = Action(Loop, Lane);
            }
            finally
            {
                Done(result);
            }
        }
    }
}
