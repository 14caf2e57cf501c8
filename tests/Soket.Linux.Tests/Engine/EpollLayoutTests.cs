using System.Runtime.InteropServices;
using Soket.Linux.Engine;
using Xunit;

namespace Soket.Linux.Tests.Engine;

public sealed class EpollLayoutTests
{
    [Fact]
    public void On_x86_an_event_is_packed_into_12_bytes()
    {
        byte[] place = new byte[12];
        EpollLayout.Packed.Write(place, 0x2019, 0x1122334455667788);
        Assert.Equal([0x19, 0x20, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], place);
        EpollLayout.Packed.Read(place, out uint events, out ulong data);
        Assert.Equal((0x2019u, 0x1122334455667788ul), (events, data));
    }

    [Fact]
    public void On_arm_its_second_part_is_aligned_and_it_has_16()
    {
        byte[] place = new byte[16];
        EpollLayout.Aligned.Write(place, 0x2019, 0x1122334455667788);
        Assert.Equal([0x19, 0x20, 0, 0, 0, 0, 0, 0, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11], place);
        EpollLayout.Aligned.Read(place, out uint events, out ulong data);
        Assert.Equal((0x2019u, 0x1122334455667788ul), (events, data));
    }

    [Fact]
    public unsafe void This_machine_has_the_layout_its_kernel_writes()
    {
        LoopKernel kernel = LinuxKernel.Instance;
        int poll = kernel.CreatePoll();
        int signal = kernel.CreateSignal();
        try
        {
            const ulong Identity = 0xFEDCBA9876543210;
            Assert.Equal(0, kernel.Watch(poll, 1, signal, 1, Identity));
            kernel.Raise(signal);
            byte* events = stackalloc byte[64];
            Assert.Equal(1, kernel.Wait(poll, events, 4, 1000));
            kernel.Layout.Read(new ReadOnlySpan<byte>(events, 64), out uint ready, out ulong data);
            Assert.Equal((1u, Identity), (ready, data));
            Assert.Equal(RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16, kernel.Layout.Size);
        }
        finally
        {
            _ = kernel.Close(signal);
            _ = kernel.Close(poll);
        }
    }
}
