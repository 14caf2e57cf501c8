namespace Soket.Protocols.Zstandard;

/// <summary>What the codes of sequences stand for (RFC 8878 3.1.1.3.2.1): a least value, and how many bits are added to it.</summary>
internal static class Sequences
{
    public const int LiteralCodes = 36, MatchCodes = 53, OffsetCodes = 32;
    public const int LiteralAccuracy = 9, MatchAccuracy = 9, OffsetAccuracy = 8;

    public static readonly FseTable UsualLiterals = FseTable.Of(
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6);

    public static readonly FseTable UsualMatches = FseTable.Of(
        [1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6);

    public static readonly FseTable UsualOffsets = FseTable.Of(
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5);

    private static ReadOnlySpan<byte> LiteralBits => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private static ReadOnlySpan<int> LiteralLeast =>
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

    private static ReadOnlySpan<byte> LongMatchBits => [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    private static ReadOnlySpan<int> LongMatchLeast => [35, 37, 39, 41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539];

    /// <summary>How many literals stand before a match.</summary>
    public static int Literals(byte code, ref BackwardBits bits) => code < LiteralCodes ? LiteralLeast[code] + (int)bits.Read(LiteralBits[code]) : throw Unknown();

    /// <summary>How long a match is, 3 or more.</summary>
    public static int Match(byte code, ref BackwardBits bits) => code < 32 ? code + 3 : code < MatchCodes ? LongMatchLeast[code - 32] + (int)bits.Read(LongMatchBits[code - 32]) : throw Unknown();

    /// <summary>Where a match is, still with the three that stand for earlier ones.</summary>
    public static uint Offset(byte code, ref BackwardBits bits) => code < OffsetCodes ? (1u << code) + bits.Read(code) : throw Unknown();

    private static InvalidDataException Unknown() => new("A sequence has a code that there is not.");
}
