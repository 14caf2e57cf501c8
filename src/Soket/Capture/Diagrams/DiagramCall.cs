using Soket.Events;

namespace Soket.Capture.Diagrams;

/// <summary>Which part of a call stands at a place of the diagram.</summary>
public enum DiagramCallPart
{
    /// <summary>The call with its result.</summary>
    Whole,

    /// <summary>The call, which still waits: <c>connect(127.0.0.1:8080)</c>.</summary>
    Began,

    /// <summary>The result of a call that began further up: <c>= 0</c>.</summary>
    Ended,
}

/// <summary>A call of a socket, at its place among the packets.</summary>
/// <param name="Event">The call.</param>
/// <param name="Part">Which part of it stands here.</param>
public readonly record struct DiagramCall(SocketEvent Event, DiagramCallPart Part)
{
    /// <summary>For a receive on a stream: over how many segments the bytes that it took had come; 0 where that is not known.</summary>
    public int Segments { get; init; }

    /// <summary>For a receive on a stream that took bytes of several segments: the <see cref="TracedPacket.Number"/> of the first of them; else 0.</summary>
    public long FirstPacket { get; init; }
}
