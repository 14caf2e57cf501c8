namespace Soket.Capture.Bpf;

/// <summary>One instruction of a packet filter as the kernel takes it: classic BPF, bpf(4) of BSD and the kernel's networking/filter documentation.</summary>
/// <param name="Code">What it does: class, size and mode, or operation and source.</param>
/// <param name="True">How many instructions a jump skips where its comparison holds.</param>
/// <param name="False">How many where it does not.</param>
/// <param name="Value">The constant, offset or distance.</param>
public readonly record struct BpfInstruction(ushort Code, byte True, byte False, uint Value)
{
    // Classes.
    internal const ushort Load = 0x00, LoadX = 0x01, Store = 0x02, StoreX = 0x03, Alu = 0x04, Jump = 0x05, Return = 0x06, Move = 0x07;

    // Sizes and modes of a load.
    internal const ushort FourBytes = 0x00, TwoBytes = 0x08, OneByte = 0x10;
    internal const ushort Immediate = 0x00, Absolute = 0x20, Indirect = 0x40, Memory = 0x60, Length = 0x80, HeaderLength = 0xA0;

    // Operations, and where their second operand comes from.
    internal const ushort Add = 0x00, Subtract = 0x10, Multiply = 0x20, Divide = 0x30, Or = 0x40, And = 0x50, ShiftLeft = 0x60, ShiftRight = 0x70, Negate = 0x80, Modulo = 0x90, Xor = 0xA0;
    internal const ushort Always = 0x00, Equal = 0x10, Greater = 0x20, GreaterOrEqual = 0x30, AnyBit = 0x40;
    internal const ushort FromX = 0x08;

    // Return and move.
    internal const ushort ReturnA = 0x10, ToX = 0x00, ToA = 0x80;
}
