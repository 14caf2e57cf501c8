using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Soket.Clients;
using Soket.Endpoints;
using Soket.Explain;
using Soket.Tests.Transports;
using Soket.Transports;
using Xunit;

namespace Soket.Tests.Clients;

public sealed class HappyEyeballsTests
{
    private static readonly EndPoint[] Three = [new IPEndPoint(IPAddress.IPv6Loopback, 1), new IPEndPoint(IPAddress.Loopback, 2), new IPEndPoint(IPAddress.IPv6Loopback, 3)];
    private readonly ManualTime _time = new();
    private readonly FakeFactory _factory = new();

    [Fact]
    public async Task A_failure_starts_the_next_attempt_at_once()
    {
        Task<ConnectionContext> connecting = Connect(cancellationToken: TestContext.Current.CancellationToken);
        (await _factory.StartedAsync(0)).Fail("ECONNREFUSED");
        var winner = new DefaultConnectionContext();
        (await _factory.StartedAsync(1)).Succeed(winner);
        Assert.Same(winner, await connecting.Guarded());
        Assert.Equal(2, _factory.Count);
    }

    [Fact]
    public async Task Silence_starts_the_next_attempt_after_the_delay_and_the_winner_ends_the_others()
    {
        Task<ConnectionContext> connecting = Connect(cancellationToken: TestContext.Current.CancellationToken);
        FakeAttempt silent = await _factory.StartedAsync(0);
        await _time.WaitForTimerAsync(HappyEyeballs.DefaultDelay);
        Assert.Equal(1, _factory.Count);
        _time.Advance(HappyEyeballs.DefaultDelay);
        FakeAttempt second = await _factory.StartedAsync(1);
        var late = new Disposable();
        var winner = new DefaultConnectionContext();
        second.Succeed(winner);
        await silent.Cancelled.Fired();
        silent.Succeed(late); // too late to win
        Assert.Same(winner, await connecting.Guarded());
        Assert.True(late.IsDisposed);
    }

    [Fact]
    public async Task When_all_fail_every_attempt_is_told()
    {
        Task<ConnectionContext> connecting = Connect(cancellationToken: TestContext.Current.CancellationToken);
        (await _factory.StartedAsync(0)).Fail("ENETUNREACH");
        (await _factory.StartedAsync(1)).Fail("ECONNREFUSED");
        (await _factory.StartedAsync(2)).Fail("ENETUNREACH");
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => connecting.Guarded());
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
        Assert.Equal(Three, failure.Context.Attempts.Select(attempt => attempt.Address));
        Assert.Equal(["ENETUNREACH", "ECONNREFUSED", "ENETUNREACH"], failure.Context.Attempts.Select(attempt => attempt.Error?.Name));
    }

    [Fact]
    public async Task A_time_out_names_the_address_still_tried()
    {
        Task<ConnectionContext> connecting = Connect(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        (await _factory.StartedAsync(0)).Fail("ECONNREFUSED");
        await _factory.StartedAsync(1);
        await _time.WaitForTimerAsync(HappyEyeballs.DefaultDelay);
        _time.Advance(TimeSpan.FromSeconds(1));
        foreach (int i in (int[])[1, 2])
        {
            if (i < _factory.Count)
                (await _factory.StartedAsync(i)).Cancel();
        }

        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => connecting.Guarded());
        Assert.Equal(SystemError.Timeout, failure.Error);
        Assert.Equal(Three[1], failure.Context.Remote);
        Assert.Equal("ECONNREFUSED", failure.Context.Attempts[0].Error?.Name);
        Assert.Null(failure.Context.Attempts[1].Error);
    }

    [Fact]
    public async Task Cancelling_is_no_failure_and_a_mistake_is_no_time_out()
    {
        using var cancel = new CancellationTokenSource();
        Task<ConnectionContext> connecting = Connect(cancellationToken: cancel.Token);
        FakeAttempt attempt = await _factory.StartedAsync(0);
        await cancel.CancelAsync();
        attempt.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => connecting.Guarded());

        Task<ConnectionContext> wrong = HappyEyeballs.ConnectAsync(new Throwing(), Three, FailureContext.None, HappyEyeballs.DefaultDelay, null, _time, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<InvalidDataException>(() => wrong.Guarded());
    }

    [Fact]
    public async Task Localhost_falls_back_to_the_family_that_serves()
    {
        var transport = new ManagedTransport();
        await using IConnectionListener listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0), TestContext.Current.CancellationToken);
        int port = ((IPEndPoint)listener.EndPoint).Port;
        await using ConnectionContext connection = await SocketClient.ConnectAsync(SocketUri.Create(SocketScheme.Tcp, "localhost", port), cancellationToken: TestContext.Current.CancellationToken).Guarded();
        Assert.Equal(listener.EndPoint, connection.RemoteEndPoint);
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_not_found()
    {
        var recorder = new EventRecorder();
        var options = new SocketClientOptions { Transport = new() { Events = recorder.Events } };
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(() => SocketClient.ConnectAsync(SocketUri.Parse("tcp://nobody.invalid:7"), options, TestContext.Current.CancellationToken).Guarded());
        Assert.Equal(SocketCall.Resolve, failure.Call);
        Assert.Contains(failure.Error.Name, (string[])["EAI_NONAME", "EAI_AGAIN"]);
        Assert.Equal("nobody.invalid", failure.Context.Host);
        Assert.Equal("resolver", Assert.Single(recorder.All).Event.Transport);
    }

    [Fact]
    public async Task Datagrams_to_localhost_reach_the_family_that_serves()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "no IPv6 here");
        await using IDatagramSocket server = ManagedDatagrams.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
        int port = ((IPEndPoint)server.LocalEndPoint).Port;
        await using IDatagramSocket client = await SocketClient.ConnectDatagramAsync(SocketUri.Create(SocketScheme.Udp, "localhost", port), cancellationToken: TestContext.Current.CancellationToken);
        await client.SendAsync("ping"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken).Guarded();
        byte[] room = new byte[16];
        Task<ReceivedDatagram> answer = client.ReceiveAsync(room, TestContext.Current.CancellationToken).AsTask();
        byte[] asked = new byte[16];
        ReceivedDatagram question = await server.ReceiveAsync(asked, TestContext.Current.CancellationToken).Guarded();
        await server.SendAsync(asked.AsMemory(0, question.Length), question.From, TestContext.Current.CancellationToken).Guarded();
        Assert.Equal(4, (await answer.Guarded()).Length);
        Assert.Equal(server.LocalEndPoint, client.RemoteEndPoint);
    }

    [Fact]
    public async Task Datagrams_that_every_address_refuses_carry_all_attempts()
    {
        int port;
        await using (IDatagramSocket free = ManagedDatagrams.Bind(new IPEndPoint(IPAddress.Loopback, 0)))
            port = ((IPEndPoint)free.LocalEndPoint).Port;
        await using IDatagramSocket client = await SocketClient.ConnectDatagramAsync(SocketUri.Create(SocketScheme.Udp, "localhost", port), cancellationToken: TestContext.Current.CancellationToken);
        SocketFailure failure = await Assert.ThrowsAsync<SocketFailure>(async () =>
        {
            await client.SendAsync("ping"u8.ToArray(), cancellationToken: TestContext.Current.CancellationToken).Guarded();
            await client.ReceiveAsync(new byte[16], TestContext.Current.CancellationToken).Guarded();
        });
        Assert.Equal("ECONNREFUSED", failure.Error.Name);
        Assert.Equal(Socket.OSSupportsIPv6 ? 2 : 0, failure.Context.Attempts.Count);
    }

    private Task<ConnectionContext> Connect(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        HappyEyeballs.ConnectAsync(_factory, Three, FailureContext.None, HappyEyeballs.DefaultDelay, timeout, _time, cancellationToken);

    private sealed class Throwing : IConnectionFactory
    {
        public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => throw new InvalidDataException();
    }

    private sealed class Disposable : DefaultConnectionContext
    {
        public bool IsDisposed { get; private set; }

        public override ValueTask DisposeAsync()
        {
            IsDisposed = true;
            return base.DisposeAsync();
        }
    }

    private sealed class FakeAttempt(EndPoint address, CancellationToken cancelled)
    {
        private readonly TaskCompletionSource<ConnectionContext> _task = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public CancellationToken Cancelled => cancelled;

        public Task<ConnectionContext> Task => _task.Task;

        public void Succeed(ConnectionContext connection) => _task.SetResult(connection);

        public void Cancel() => _task.TrySetCanceled(CancellationToken.None);

        public void Fail(string error) => _task.SetException(new SocketFailure(SocketCall.Connect, new SystemError(error, Errno.Number(error), error), new FailureContext { Remote = address }));
    }

    private sealed class FakeFactory : IConnectionFactory
    {
        private readonly Lock _lock = new();
        private readonly List<TaskCompletionSource<FakeAttempt>> _attempts = [.. Enumerable.Range(0, 3).Select(_ => new TaskCompletionSource<FakeAttempt>(TaskCreationOptions.RunContinuationsAsynchronously))];

        public int Count { get; private set; }

        public Task<FakeAttempt> StartedAsync(int index) => _attempts[index].Task.Guarded();

        public ValueTask<ConnectionContext> ConnectAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
        {
            var attempt = new FakeAttempt(endpoint, cancellationToken);
            lock (_lock)
                _attempts[Count++].SetResult(attempt);
            return new(attempt.Task);
        }
    }
}
