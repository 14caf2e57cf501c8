using System.Net;

namespace Soket.Hosting;

/// <summary>A welcoming socket whose transport answers the messages of what it accepts. Any thread.</summary>
internal interface IMessageListener : IAsyncDisposable
{
    /// <summary>Where it listens, with the real port when 0 was asked for.</summary>
    EndPoint EndPoint { get; }

    /// <summary>Connections that were let in and are open now.</summary>
    int Active { get; }

    /// <summary>What its connections have done so far.</summary>
    MessageTotals Totals { get; }

    /// <summary>Accepts: it begins paused.</summary>
    void Resume();

    /// <summary>Accepts no more for the time being; what was accepted a moment ago may still come.</summary>
    void Pause();

    /// <summary>Stops listening. Ends when whoever was accepted is among <see cref="Active"/>, or was refused.</summary>
    ValueTask UnbindAsync();

    /// <summary>Lets every connection answer what it has received whole, and end in order.</summary>
    /// <param name="reason">Why, as a stable key for the event stream.</param>
    void RequestClose(string reason);

    /// <summary>Resets every connection. Ends when that is done.</summary>
    /// <returns>How many there were.</returns>
    Task<int> AbortAsync();
}

/// <summary>What message services have done.</summary>
/// <param name="Messages">Messages taken, answered or not.</param>
/// <param name="Received">Payload bytes received.</param>
/// <param name="Sent">Payload bytes sent.</param>
internal readonly record struct MessageTotals(long Messages, long Received, long Sent);
