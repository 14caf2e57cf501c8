using Soket.Linux.Engine;
using Xunit;

namespace Soket.Linux.Tests.Engine;

public sealed class SlotTableTests
{
    [Fact]
    public void An_event_of_one_that_has_gone_does_not_reach_who_has_its_place_now()
    {
        var slots = new SlotTable();
        var first = new SeenStream();
        slots.Take(first);
        ulong late = slots.Identity(first);
        Assert.Same(first, slots.Find(late));
        int place = first.Slot;
        slots.Free(first);
        Assert.Null(slots.Find(late));

        var second = new SeenStream();
        slots.Take(second);
        Assert.Equal(place, second.Slot);
        Assert.Null(slots.Find(late));
        Assert.Same(second, slots.Find(slots.Identity(second)));
    }

    [Fact]
    public void Places_are_used_again_and_the_table_grows_no_further()
    {
        var slots = new SlotTable();
        for (int round = 0; round < 5; round++)
        {
            SeenStream[] streams = [.. Enumerable.Range(0, 1000).Select(_ => new SeenStream())];
            foreach (SeenStream stream in streams)
                slots.Take(stream);
            Assert.Equal(1000, streams.Select(stream => stream.Slot).Distinct().Count());
            Assert.All(streams, stream => Assert.Same(stream, slots.Find(slots.Identity(stream))));
            foreach (SeenStream stream in streams)
                slots.Free(stream);
        }

        Assert.Equal(0, slots.Count);
        Assert.Equal(1024, slots.Made);
    }

    [Fact]
    public void A_slot_has_32_bytes() => Assert.Equal(32, System.Runtime.CompilerServices.Unsafe.SizeOf<LoopSlot>());
}
