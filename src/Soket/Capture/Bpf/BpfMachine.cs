using System.Buffers.Binary;
using static Soket.Capture.Bpf.BpfInstruction;

namespace Soket.Capture.Bpf;

/// <summary>Runs a packet filter over a packet's bytes, as the kernel would: for packets that come from a file, and to see a filter's verdict. Pure.</summary>
public static class BpfMachine
{
    private const int MemoryWords = 16;

    /// <summary>Runs a program.</summary>
    /// <param name="program">The program. One that runs over its end or does what is not defined lets nothing through.</param>
    /// <param name="packet">The packet from its first byte.</param>
    /// <param name="length">Its length on the wire, which may be more than was kept.</param>
    /// <returns>How many bytes of it are to be kept; 0 where it does not pass.</returns>
    public static uint Run(ReadOnlySpan<BpfInstruction> program, ReadOnlySpan<byte> packet, int length)
    {
        Span<uint> memory = stackalloc uint[MemoryWords];
        memory.Clear();
        uint a = 0, x = 0;
        // Every jump goes forward, so a program ends.
        for (long at = 0; at < program.Length; at++)
        {
            BpfInstruction one = program[(int)at];
            switch (one.Code & 7)
            {
                case Load or LoadX:
                    if (!TryLoad(one, packet, length, memory, x, out uint loaded))
                        return 0;
                    if ((one.Code & 7) == Load)
                        a = loaded;
                    else
                        x = loaded;
                    break;
                case Store or StoreX:
                    if (one.Value >= MemoryWords)
                        return 0;
                    memory[(int)one.Value] = (one.Code & 7) == Store ? a : x;
                    break;
                case Alu:
                    if (!TryCompute(one, x, ref a))
                        return 0;
                    break;
                case Jump:
                    if (!TryJump(one, a, x, out uint distance))
                        return 0;
                    at += distance;
                    break;
                case Return:
                    return (one.Code & 0x18) == ReturnA ? a : one.Value;
                case Move:
                    if ((one.Code & 0xF8) == ToA)
                        a = x;
                    else
                        x = a;
                    break;
            }
        }

        return 0;
    }

    private static bool TryLoad(BpfInstruction one, ReadOnlySpan<byte> packet, int length, ReadOnlySpan<uint> memory, uint x, out uint value)
    {
        value = 0;
        switch (one.Code & 0xE0)
        {
            case Immediate:
                value = one.Value;
                return true;
            case Length:
                value = (uint)length;
                return true;
            case Memory:
                if (one.Value >= MemoryWords)
                    return false;
                value = memory[(int)one.Value];
                return true;
            case HeaderLength: // 4 * (the lower half of a byte): how long an IPv4 header is
                if (one.Value >= packet.Length)
                    return false;
                value = (uint)(packet[(int)one.Value] & 0xF) * 4;
                return true;
            case Absolute or Indirect:
                long place = one.Value + ((one.Code & 0xE0) == Indirect ? (long)x : 0);
                int size = (one.Code & 0x18) switch { FourBytes => 4, TwoBytes => 2, OneByte => 1, _ => 0 };
                if (size == 0 || place > packet.Length - size)
                    return false;
                ReadOnlySpan<byte> bytes = packet[(int)place..];
                value = size switch { 4 => BinaryPrimitives.ReadUInt32BigEndian(bytes), 2 => BinaryPrimitives.ReadUInt16BigEndian(bytes), _ => bytes[0] };
                return true;
            default:
                return false;
        }
    }

    private static bool TryCompute(BpfInstruction one, uint x, ref uint a)
    {
        uint other = (one.Code & FromX) != 0 ? x : one.Value;
        switch (one.Code & 0xF0)
        {
            case Add:
                a += other;
                return true;
            case Subtract:
                a -= other;
                return true;
            case Multiply:
                a *= other;
                return true;
            case Divide or Modulo when other == 0:
                return false;
            case Divide:
                a /= other;
                return true;
            case Modulo:
                a %= other;
                return true;
            case Or:
                a |= other;
                return true;
            case And:
                a &= other;
                return true;
            case Xor:
                a ^= other;
                return true;
            case ShiftLeft:
                a = other < 32 ? a << (int)other : 0;
                return true;
            case ShiftRight:
                a = other < 32 ? a >> (int)other : 0;
                return true;
            case Negate:
                a = (uint)-(int)a;
                return true;
            default:
                return false;
        }
    }

    private static bool TryJump(BpfInstruction one, uint a, uint x, out uint distance)
    {
        uint other = (one.Code & FromX) != 0 ? x : one.Value;
        bool? holds = (one.Code & 0xF0) switch
        {
            Equal => a == other,
            Greater => a > other,
            GreaterOrEqual => a >= other,
            AnyBit => (a & other) != 0,
            _ => null,
        };
        distance = holds switch { true => one.True, false => one.False, null => one.Value };
        return holds is not null || (one.Code & 0xF0) == Always;
    }
}
