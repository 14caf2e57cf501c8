using System.Net;
using System.Net.Sockets;

namespace Soket.Cli.Tests.Backplane;

/// <summary>Stands between a server and its broker, and cuts them off from each other.</summary>
internal sealed class Middleman : IAsyncDisposable
{
    private readonly int _to;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Lock _lock = new();
    private readonly HashSet<Socket> _open = [];    // under _lock
    private readonly CancellationTokenSource _over = new();
    private readonly List<Task> _passing = [];      // under _lock
    private readonly Task _accepting;
    private volatile bool _isCut;
    private volatile TaskCompletionSource _flows = Done();

    public Middleman(int to)
    {
        _to = to;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Resets what is open, and whoever comes.</summary>
    public void Cut()
    {
        _isCut = true;
        Reset();
    }

    public void Mend()
    {
        _isCut = false;
        _flows.TrySetResult();
    }

    /// <summary>Lets nothing through any more and says nothing of it.</summary>
    public void Stall() => _flows = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _flows.TrySetResult();
        _listener.Stop();
        Reset();
        await _accepting;
        await Task.WhenAll(_passing);
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_over.IsCancellationRequested)
        {
            Socket near;
            try
            {
                near = await _listener.AcceptSocketAsync(_over.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            var far = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            lock (_lock)
            {
                _open.Add(near);
                _open.Add(far);
                _passing.Add(PassAsync(near, far));
            }

            if (_isCut)
                Reset();
        }
    }

    private async Task PassAsync(Socket near, Socket far)
    {
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, _to, _over.Token);
            await Task.WhenAny(CopyAsync(near, far), CopyAsync(far, near));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The one end is not there: nor is the other.
        }

        Close(near);
        Close(far);
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer, _over.Token) is > 0 and int count)
            {
                await _flows.Task;
                for (int sent = 0; sent < count;)
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent), _over.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Ended, by either end or by the test.
        }
    }

    private void Reset()
    {
        Socket[] open;
        lock (_lock)
            open = [.. _open];
        foreach (Socket socket in open)
            Close(socket);
    }

    private void Close(Socket socket)
    {
        lock (_lock)
        {
            if (!_open.Remove(socket))
                return;
        }

        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
