namespace Soket.Services;

/// <summary>Counts what message services do. Called from many connections at once.</summary>
public interface IMessageMeter
{
    /// <summary>A message was taken, and answered or not.</summary>
    /// <param name="received">Its bytes.</param>
    /// <param name="sent">The reply's bytes; 0 for none.</param>
    void Message(long received, long sent);
}
