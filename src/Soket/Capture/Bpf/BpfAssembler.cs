using static Soket.Capture.Bpf.BpfInstruction;

namespace Soket.Capture.Bpf;

/// <summary>Puts a filter together: loads at fixed places or behind X, comparisons that go to labels further on.</summary>
internal sealed class BpfAssembler
{
    private readonly List<BpfInstruction> _program = [];
    private readonly List<(int At, Label To)> _jumps = [];

    /// <summary>A place further on.</summary>
    public sealed class Label
    {
        internal int At { get; set; } = -1;
    }

    /// <summary>The program, once every label has its place.</summary>
    /// <exception cref="ArgumentException">It is longer than the kernel takes (BPF_MAXINSNS).</exception>
    public IReadOnlyList<BpfInstruction> Finish()
    {
        if (_program.Count > CaptureFilter.ProgramLimit)
            throw new ArgumentException($"The filter has {_program.Count} instructions; the kernel takes {CaptureFilter.ProgramLimit}.");
        foreach ((int at, Label to) in _jumps)
            _program[at] = _program[at] with { Value = (uint)(to.At - at - 1) };
        return _program;
    }

    public void Mark(Label label) => label.At = _program.Count;

    /// <summary>A = the word at a place.</summary>
    public void LoadWord(int place) => Add(Load | Absolute | FourBytes, place);

    /// <summary>A = the two bytes at a place.</summary>
    public void LoadHalf(int place) => Add(Load | Absolute | TwoBytes, place);

    /// <summary>A = the byte at a place.</summary>
    public void LoadByte(int place) => Add(Load | Absolute | OneByte, place);

    /// <summary>A = the word at a place behind X.</summary>
    public void LoadWordBehindX(int place) => Add(Load | Indirect | FourBytes, place);

    /// <summary>A = the two bytes at a place behind X.</summary>
    public void LoadHalfBehindX(int place) => Add(Load | Indirect | TwoBytes, place);

    /// <summary>A = the byte at a place behind X.</summary>
    public void LoadByteBehindX(int place) => Add(Load | Indirect | OneByte, place);

    /// <summary>X = a constant.</summary>
    public void ConstantToX(int value) => Add(LoadX | Immediate, value);

    /// <summary>X = the length of the IPv4 header at a place.</summary>
    public void HeaderLengthToX(int place) => Add(LoadX | HeaderLength | OneByte, place);

    /// <summary>X = X + the length of the IPv4 header at a place behind X.</summary>
    public void AddHeaderLengthToX(int place)
    {
        LoadByteBehindX(place);
        Add(Alu | And, 0xF);
        Add(Alu | ShiftLeft, 2);
        Add(Alu | BpfInstruction.Add | FromX, 0);
        Add(Move | ToX, 0);
    }

    /// <summary>X = the length of an IPv6 extension header, which stands at a place in units of eight bytes without the first (RFC 8200 4.3).</summary>
    public void ExtensionLengthToX(int place)
    {
        LoadByte(place);
        Add(Alu | BpfInstruction.Add, 1);
        Add(Alu | ShiftLeft, 3);
        Add(Move | ToX, 0);
    }

    /// <summary>A = A shifted right.</summary>
    public void Shift(int bits) => Add(Alu | ShiftRight, bits);

    public void If(uint equal, Label to) => Conditional(Equal, equal, holds: true, to);

    public void IfNot(uint equal, Label to) => Conditional(Equal, equal, holds: false, to);

    /// <summary>Goes to a label where A has any of the bits.</summary>
    public void IfAny(uint bits, Label to) => Conditional(AnyBit, bits, holds: true, to);

    public void Go(Label to)
    {
        _jumps.Add((_program.Count, to));
        Add(BpfInstruction.Jump | Always, 0);
    }

    /// <summary>Ends: so many bytes are kept; none where the packet does not pass.</summary>
    public void End(int keep) => Add(Return, keep);

    // A comparison reaches 255 instructions and "always" all of them: so each comparison only skips, or does not, the jump behind it.
    private void Conditional(ushort operation, uint value, bool holds, Label to)
    {
        _program.Add(new((ushort)(BpfInstruction.Jump | operation), (byte)(holds ? 0 : 1), (byte)(holds ? 1 : 0), value));
        Go(to);
    }

    private void Add(int code, int value) => _program.Add(new((ushort)code, 0, 0, (uint)value));
}
