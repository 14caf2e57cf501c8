namespace Soket.Tests.Bench;

/// <summary>A server in a simulation: an echo that answers at once, unless a test says otherwise.</summary>
internal class ModelServer
{
    /// <summary>How long it takes until a connection that was closed is closed, ns.</summary>
    public long ClosingTime { get; init; }

    /// <summary>Whether a connection is taken now.</summary>
    /// <param name="elapsed">From the beginning, ns.</param>
    public virtual bool Accepts(long elapsed) => true;

    /// <summary>Bytes came.</summary>
    public virtual void Received(ModelLink link, byte[] bytes) => link.Reply(bytes, Simulation.Milliseconds(0.1));

    /// <summary>The client half-closed.</summary>
    public virtual void Ended(ModelLink link) => link.End(0);
}
