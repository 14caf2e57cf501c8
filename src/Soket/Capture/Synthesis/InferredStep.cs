using Soket.Events;

namespace Soket.Capture.Synthesis;

/// <summary>An event on the clock of packets.</summary>
/// <param name="Event">The event.</param>
/// <param name="Bytes">The first of the bytes it moved.</param>
/// <param name="Started">When the call began, in nanoseconds since 1970.</param>
/// <param name="Ended">When it ended.</param>
internal readonly record struct InferredStep(SocketEvent Event, ReadOnlyMemory<byte> Bytes, long Started, long Ended);
