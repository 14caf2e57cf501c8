namespace Soket.Services;

/// <summary>A meter that takes the counts of many messages at once.</summary>
internal interface IMessageTally
{
    /// <summary>Messages were taken, and answered or not.</summary>
    /// <param name="count">How many.</param>
    /// <param name="received">Their bytes.</param>
    /// <param name="sent">Bytes put on the way in answer.</param>
    void Messages(int count, long received, long sent);
}
