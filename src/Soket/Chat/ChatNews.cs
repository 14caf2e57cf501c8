using Soket.Endpoints;
using Soket.Explain;

namespace Soket.Chat;

/// <summary>What a client has to tell.</summary>
public abstract record ChatNews;

/// <summary>It is connected.</summary>
/// <param name="Manner">How it speaks there: plain, or with rooms.</param>
/// <param name="Again">Whether it was there before.</param>
public sealed record ChatConnected(ChatManner Manner, bool Again) : ChatNews
{
    /// <summary>To which server.</summary>
    public SocketUri Endpoint { get; init; }
}

/// <summary>The server told something.</summary>
/// <param name="Event">What.</param>
public sealed record ChatTold(ChatEvent Event) : ChatNews;

/// <summary>A plain peer sent something: as it came.</summary>
/// <param name="Bytes">Its bytes.</param>
public sealed record ChatHeard(ReadOnlyMemory<byte> Bytes) : ChatNews;

/// <summary>The connection is lost, and it will come back.</summary>
/// <param name="Failure">Why, where the system said.</param>
/// <param name="After">After how long it tries.</param>
public sealed record ChatLost(SocketFailure? Failure, TimeSpan After) : ChatNews;
