using System.Net.Sockets;
using Soket.Events;
using Soket.Explain;
using Xunit;

namespace Soket.Tests.Events;

/// <summary>What calls can show of RFC 9293's figure 5.</summary>
public sealed class SocketStatesTests
{
    [Theory]
    // the way up
    [InlineData("tcp", SocketState.None, SocketCall.Socket, -1, SocketState.None, false)]
    [InlineData("tcp", SocketState.None, SocketCall.Bind, -1, SocketState.Bound, false)]
    [InlineData("tcp", SocketState.Bound, SocketCall.Listen, -1, SocketState.Listen, false)]
    [InlineData("tcp", SocketState.Bound, SocketCall.Connect, -1, SocketState.Established, false)]
    [InlineData("tcp", SocketState.None, SocketCall.Connect, -1, SocketState.Established, false)]
    [InlineData("tcp", SocketState.None, SocketCall.Accept, -1, SocketState.Established, false)]
    [InlineData("tcp", SocketState.Listen, SocketCall.Accept, -1, SocketState.Listen, false)]
    // data changes nothing
    [InlineData("tcp", SocketState.Established, SocketCall.Send, 5, SocketState.Established, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.Receive, 5, SocketState.Established, false)]
    [InlineData("tcp", SocketState.FinWait1, SocketCall.Receive, 5, SocketState.FinWait1, false)]
    [InlineData("tcp", SocketState.CloseWait, SocketCall.Send, 5, SocketState.CloseWait, false)]
    // active close
    [InlineData("tcp", SocketState.Established, SocketCall.Shutdown, -1, SocketState.FinWait1, true)]
    [InlineData("tcp", SocketState.Established, SocketCall.Close, -1, SocketState.FinWait1, true)]
    [InlineData("tcp", SocketState.FinWait1, SocketCall.Receive, 0, SocketState.TimeWait, true)]
    [InlineData("tcp", SocketState.FinWait2, SocketCall.Receive, 0, SocketState.TimeWait, true)]
    [InlineData("tcp", SocketState.FinWait1, SocketCall.Close, -1, SocketState.FinWait1, false)]
    [InlineData("tcp", SocketState.TimeWait, SocketCall.Close, -1, SocketState.TimeWait, false)]
    // passive close
    [InlineData("tcp", SocketState.Established, SocketCall.Receive, 0, SocketState.CloseWait, false)]
    [InlineData("tcp", SocketState.CloseWait, SocketCall.Shutdown, -1, SocketState.LastAck, true)]
    [InlineData("tcp", SocketState.CloseWait, SocketCall.Close, -1, SocketState.LastAck, true)]
    [InlineData("tcp", SocketState.CloseWait, SocketCall.Receive, 0, SocketState.CloseWait, false)]
    [InlineData("tcp", SocketState.LastAck, SocketCall.Close, -1, SocketState.LastAck, false)]
    [InlineData("tcp", SocketState.LastAck, SocketCall.Receive, 0, SocketState.LastAck, false)]
    // the ways out
    [InlineData("tcp", SocketState.Listen, SocketCall.Close, -1, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Bound, SocketCall.Close, -1, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.Abort, -1, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.FinWait1, SocketCall.Abort, -1, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Closed, SocketCall.Close, -1, SocketState.Closed, false)]
    // what is not TCP has none of TCP's states in between
    [InlineData("unix", SocketState.Established, SocketCall.Receive, 0, SocketState.Established, false)]
    [InlineData("unix", SocketState.Established, SocketCall.Shutdown, -1, SocketState.Established, false)]
    [InlineData("unix", SocketState.Established, SocketCall.Close, -1, SocketState.Closed, false)]
    [InlineData("memory", SocketState.Established, SocketCall.Close, -1, SocketState.Closed, false)]
    [InlineData("udp", SocketState.None, SocketCall.Connect, -1, SocketState.Bound, false)]
    [InlineData("udp", SocketState.Bound, SocketCall.Close, -1, SocketState.Closed, false)]
    [InlineData("unixgram", SocketState.Bound, SocketCall.Connect, -1, SocketState.Bound, false)]
    [InlineData("tls", SocketState.None, SocketCall.Receive, 0, SocketState.None, false)]
    [InlineData("tls", SocketState.None, SocketCall.Close, -1, SocketState.None, false)]
    public void A_call_that_succeeds_leads_to(string transport, SocketState before, SocketCall call, long moved, SocketState after, bool inferred)
    {
        Assert.Equal(after, SocketStates.After(before, call, moved, transport, out bool concluded));
        Assert.Equal(inferred, concluded);
    }

    [Theory]
    [InlineData("tcp", SocketState.None, SocketCall.Connect, SocketError.ConnectionRefused, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Bound, SocketCall.Connect, SocketError.TimedOut, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.Connect, SocketError.IsConnected, SocketState.Established, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.Receive, SocketError.ConnectionReset, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.Receive, SocketError.TimedOut, SocketState.Closed, false)]
    [InlineData("tcp", SocketState.CloseWait, SocketCall.Send, SocketError.Shutdown, SocketState.Closed, true)]
    [InlineData("tcp", SocketState.FinWait1, SocketCall.Send, SocketError.Shutdown, SocketState.FinWait1, false)]
    [InlineData("tcp", SocketState.Listen, SocketCall.Accept, SocketError.ConnectionAborted, SocketState.Listen, false)]
    [InlineData("tcp", SocketState.Listen, SocketCall.Accept, SocketError.TooManyOpenSockets, SocketState.Listen, false)]
    [InlineData("tcp", SocketState.Established, SocketCall.SetOption, SocketError.ProtocolOption, SocketState.Established, false)]
    [InlineData("udp", SocketState.Bound, SocketCall.Receive, SocketError.ConnectionRefused, SocketState.Bound, false)]
    [InlineData("udp", SocketState.Bound, SocketCall.ReceiveFrom, SocketError.ConnectionReset, SocketState.Bound, false)]
    public void A_call_that_fails_leads_to(string transport, SocketState before, SocketCall call, SocketError error, SocketState after, bool inferred)
    {
        var failure = SocketFailure.From(call, new SocketException((int)error));
        Assert.Equal(after, SocketStates.AfterFailure(before, call, failure, transport, out bool concluded));
        Assert.Equal(inferred, concluded);
    }

    [Fact]
    public void A_deadline_of_our_own_ends_a_wait_and_not_the_connection()
    {
        var failure = new SocketFailure(SocketCall.Receive, SystemError.Timeout);
        Assert.Equal(SocketState.Established, SocketStates.AfterFailure(SocketState.Established, SocketCall.Receive, failure, "tcp", out _));
    }

    [Fact]
    public void Every_state_has_a_name() => Assert.All(Enum.GetValues<SocketState>(), state => Assert.Equal(state == SocketState.None, state.Name().Length == 0));
}
