using System.Buffers;
using System.Text;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Tests.Events;

public sealed class SocketEventsTests
{
    [Fact]
    public async Task The_sequence_has_no_gap_and_observers_see_it_in_order_whatever_thread_tells()
    {
        var seen = new RecordingObserver(capacity: 100_000);
        var events = new SocketEvents(seen);
        byte[] payload = "halo"u8.ToArray();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            SocketScope scope = events.Open(SocketRole.Client, "tcp");
            for (int i = 0; i < 500; i++)
                scope.Streamed(SocketCall.Send, SocketScope.Now, payload.Length, new ReadOnlySequence<byte>(payload));
        }, TestContext.Current.CancellationToken)));

        IReadOnlyList<RecordedEvent> all = seen.Snapshot();
        Assert.Equal(Enumerable.Range(1, 4000).Select(i => (long)i), all.Select(recorded => recorded.Event.Sequence));
        Assert.All(all.GroupBy(recorded => recorded.Event.Connection), socket =>
            Assert.Equal(Enumerable.Range(0, 500).Select(i => i * 4L), socket.Select(recorded => recorded.Event.StreamOffset)));
    }

    [Fact]
    public void An_observer_that_throws_is_counted_and_harms_nobody()
    {
        var seen = new RecordingObserver();
        var events = new SocketEvents(new Thrower(), seen);
        SocketScope scope = events.Open(SocketRole.Client, "tcp");
        scope.Called(SocketCall.Socket, SocketScope.Now);
        scope.Called(SocketCall.Connect, SocketScope.Now);
        Assert.Equal(2, seen.Snapshot().Count);
        Assert.Equal(2, events.ObserverFailures);
        Assert.Equal("event 1", events.FirstObserverFailure!.Message);
    }

    [Fact]
    public async Task States_are_told_in_the_order_they_are_concluded_when_both_directions_end_at_once()
    {
        for (int round = 0; round < 200; round++)
        {
            var seen = new RecordingObserver();
            SocketScope scope = new SocketEvents(seen).Open(SocketRole.Client, "tcp");
            scope.Called(SocketCall.Connect, SocketScope.Now);
            using var together = new Barrier(2);
            Task closing = Task.Run(() =>
            {
                together.SignalAndWait();
                scope.Called(SocketCall.Shutdown, SocketScope.Now);
            }, TestContext.Current.CancellationToken);
            together.SignalAndWait(TestContext.Current.CancellationToken);
            scope.Streamed(SocketCall.Receive, SocketScope.Now, 1024, default);
            await closing;
            SocketState[] states = [.. seen.Snapshot().Select(recorded => recorded.Event.State)];
            Assert.True(
                states is [SocketState.Established, SocketState.CloseWait, SocketState.LastAck] or [SocketState.Established, SocketState.FinWait1, SocketState.TimeWait],
                string.Join(' ', states));
        }
    }

    [Fact]
    public void A_receive_with_no_room_is_no_end_of_the_stream()
    {
        var seen = new RecordingObserver();
        SocketScope scope = new SocketEvents(seen).Open(SocketRole.Server, "tcp");
        scope.Called(SocketCall.Accept, SocketScope.Now);
        scope.Streamed(SocketCall.Receive, SocketScope.Now, 0, default);
        SocketEvent e = seen.Snapshot()[1].Event;
        Assert.Equal(SocketState.None, e.State);
        Assert.Null(e.Reason);
    }

    [Fact]
    public void An_end_that_this_side_made_is_no_FIN_of_the_peer()
    {
        var seen = new RecordingObserver();
        SocketScope scope = new SocketEvents(seen).Open(SocketRole.Server, "tcp");
        scope.Called(SocketCall.Accept, SocketScope.Now);
        scope.Streamed(SocketCall.Receive, SocketScope.Now, 1024, default, "drain");
        SocketEvent e = seen.Snapshot()[1].Event;
        Assert.Equal((SocketState.None, "drain"), (e.State, e.Reason));
    }

    [Fact]
    public void A_state_that_did_not_change_is_not_told_and_a_failure_that_changes_none_infers_none()
    {
        var seen = new RecordingObserver();
        SocketScope scope = new SocketEvents(seen).Open(SocketRole.Listener, "tcp");
        scope.Called(SocketCall.Bind, SocketScope.Now);
        scope.Called(SocketCall.Listen, SocketScope.Now);
        scope.Failed(SocketCall.Accept, SocketScope.Now, new SocketFailure(SocketCall.Accept, new SystemError("ECONNABORTED", 103, "")));
        SocketEvent e = seen.Snapshot()[2].Event;
        Assert.Equal(SocketState.None, e.State);
        Assert.False(e.StateInferred);
    }

    [Fact]
    public void Nobody_looking_numbers_nothing()
    {
        var events = new SocketEvents();
        SocketScope scope = events.Open(SocketRole.Client, "tcp");
        scope.Called(SocketCall.Connect, SocketScope.Now);
        Assert.Equal(0, events.ObserverFailures);
    }

    [Fact]
    public void The_recorder_keeps_the_last_events_with_the_first_of_their_bytes()
    {
        var seen = new RecordingObserver(capacity: 3, bytesPerEvent: 4);
        SocketScope scope = new SocketEvents(seen).Open(SocketRole.Client, "tcp");
        byte[] bytes = Encoding.ASCII.GetBytes("abcdef");
        for (int i = 0; i < 5; i++)
            scope.Streamed(SocketCall.Send, SocketScope.Now, 6, new ReadOnlySequence<byte>(bytes));
        bytes.AsSpan().Clear(); // lent for the time of the call only
        IReadOnlyList<RecordedEvent> kept = seen.Snapshot();
        Assert.Equal([3L, 4L, 5L], kept.Select(recorded => recorded.Event.Sequence));
        Assert.All(kept, recorded => Assert.Equal("abcd", Encoding.ASCII.GetString(recorded.Bytes.Span)));
        Assert.All(kept, recorded => Assert.Equal(2, recorded.Omitted));
        Assert.Equal(2, seen.Dropped);
    }

    private sealed class Thrower : ISocketObserver
    {
        public void On(in SocketEvent e, in ReadOnlySequence<byte> bytes) => throw new InvalidOperationException($"event {e.Sequence}");
    }
}
