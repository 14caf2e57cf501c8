using System.Diagnostics;
using System.Net;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Tests.Events;

/// <summary>Connections as spans.</summary>
public sealed class TracesObserverTests : IDisposable
{
    private readonly List<Activity> _ended = [];
    private readonly ActivitySource _own = new("TracesObserverTests");
    private readonly ActivityListener _listener;
    private readonly string _address = $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(1, 255)}.7"; // other tests have spans too

    public TracesObserverTests()
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is TracesObserver.SourceName or "TracesObserverTests",
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (_ended)
                    _ended.Add(activity);
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _listener.Dispose();
        _own.Dispose();
    }

    [Fact]
    public void A_span_has_the_caller_for_parent_and_is_never_left_behind_as_the_current_one()
    {
        using var observer = new TracesObserver();
        using Activity caller = _own.StartActivity("caller")!;
        SocketScope scope = Open(observer, SocketRole.Client);

        scope.Called(SocketCall.Socket, SocketScope.Now);
        Assert.Same(caller, Activity.Current);
        scope.Called(SocketCall.Close, SocketScope.Now);
        Assert.Same(caller, Activity.Current);

        Activity span = Assert.Single(Ended());
        Assert.Equal((caller.TraceId, caller.SpanId, ActivityKind.Client), (span.TraceId, span.ParentSpanId, span.Kind));
        Assert.Equal("close", span.GetTagItem("soket.close.reason"));
    }

    [Fact]
    public void A_span_carries_a_bounded_number_of_events_and_counts_the_rest()
    {
        using var observer = new TracesObserver();
        SocketScope scope = Open(observer, SocketRole.Server);
        for (int i = 0; i < TracesObserver.EventsPerSpan + 50; i++)
            scope.Called(SocketCall.Shutdown, SocketScope.Now);
        scope.Called(SocketCall.Abort, SocketScope.Now);

        Activity span = Assert.Single(Ended());
        Assert.Equal(TracesObserver.EventsPerSpan, span.Events.Count());
        Assert.Equal(51L, span.GetTagItem("soket.events.omitted"));
        Assert.Equal("abort", span.GetTagItem("soket.close.reason"));
    }

    [Fact]
    public void Connections_that_are_still_open_at_the_end_are_told_without_a_close()
    {
        var observer = new TracesObserver();
        Open(observer, SocketRole.Server).Called(SocketCall.Accept, SocketScope.Now);
        Assert.Empty(Ended());

        observer.Dispose();

        Assert.Null(Assert.Single(Ended()).GetTagItem("soket.close.reason"));
    }

    [Theory]
    [InlineData(SocketRole.Listener, "tcp")]
    [InlineData(SocketRole.Server, "udp")]
    [InlineData(SocketRole.Client, "resolver")]
    public void What_is_no_stream_connection_has_no_span(SocketRole role, string transport)
    {
        using (var observer = new TracesObserver())
        {
            SocketScope scope = Open(observer, role, transport);
            scope.Called(SocketCall.Socket, SocketScope.Now);
            scope.Called(SocketCall.Close, SocketScope.Now);
        }

        Assert.Empty(Ended());
    }

    private SocketScope Open(TracesObserver observer, SocketRole role, string transport = "tcp")
    {
        SocketScope scope = new SocketEvents(observer).Open(role, transport);
        scope.Remote = new IPEndPoint(IPAddress.Parse(_address), 9);
        return scope;
    }

    private Activity[] Ended()
    {
        lock (_ended)
            return [.. _ended.Where(activity => activity.GetTagItem("network.peer.address") as string == _address)];
    }
}
