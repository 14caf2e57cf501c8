using Soket.Chat;
using Soket.Chat.Internal;
using Soket.Tests.Clients;
using Xunit;

namespace Soket.Tests.Chat;

public sealed class ChatPaceTests
{
    [Fact]
    public void A_burst_passes_and_then_four_times_the_rate()
    {
        var time = new ManualTime();
        var pace = new ChatPace(new ChatLimits { Burst = 2, PerSecond = 5 }, time);
        Assert.All(Enumerable.Range(0, 8), _ => Assert.Equal(TimeSpan.Zero, pace.Next(isPassedOver: false)));
        Assert.Equal(TimeSpan.FromMilliseconds(50), pace.Next(isPassedOver: false));
        time.Advance(TimeSpan.FromMilliseconds(50));
        Assert.Equal(TimeSpan.FromMilliseconds(50), pace.Next(isPassedOver: false));
        time.Advance(TimeSpan.FromSeconds(60)); // not more than a burst is saved up
        Assert.All(Enumerable.Range(0, 8), _ => Assert.Equal(TimeSpan.Zero, pace.Next(isPassedOver: false)));
        Assert.NotEqual(TimeSpan.Zero, pace.Next(isPassedOver: false));
    }

    [Fact]
    public void Without_a_rate_there_is_no_pace()
    {
        var pace = new ChatPace(new ChatLimits { PerSecond = 0 }, TimeProvider.System);
        Assert.All(Enumerable.Range(0, 10_000), _ => Assert.Equal(TimeSpan.Zero, pace.Next(isPassedOver: false)));
    }
}
