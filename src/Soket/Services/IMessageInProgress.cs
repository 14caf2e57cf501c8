namespace Soket.Services;

/// <summary>A connection whose service may be in the middle of a message.</summary>
internal interface IMessageInProgress
{
    /// <summary>Ends the connection once the message that has begun is answered. Any thread.</summary>
    /// <param name="reason">Why, as a stable key for the event stream.</param>
    /// <returns>False: none has begun.</returns>
    bool TryEndAfterIt(string reason);
}
