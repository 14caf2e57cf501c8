using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Soket.Cli.Rendering;
using Soket.Languages;
using Xunit;

namespace Soket.Cli.Tests.Rendering;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("halo", "halo")]
    [InlineData("halo\r\n\t", "halo\\r\\n\\t")]
    [InlineData("\u001b[31mred\u0007\0\u007f", "\\x1b[31mred\\x07\\0\\x7f")]
    [InlineData("\u009b31m", "\\u{9b}31m")]
    [InlineData("a\u202eb\u2066c\u200bd\ufeff", "a\\u{202e}b\\u{2066}c\\u{200b}d\\u{feff}")]
    [InlineData("\u2028\u2029", "\\u{2028}\\u{2029}")]
    [InlineData("añ世😀", "añ世😀")]
    [InlineData("C:\\x1b", "C:\\\\x1b")]
    [InlineData("\U000E0041", "\\u{e0041}")]
    public void Text_passes_and_what_a_terminal_obeys_is_shown(string text, string shown) => Assert.Equal(shown, TerminalText.Escape(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void In_JSON_what_a_terminal_obeys_or_hides_is_an_escape_of_JSON() =>
        Assert.Equal("a\\u202E\\u2066\\u200B\\u001Bañ世", System.Text.Json.JsonEncodedText.Encode("a\u202e\u2066\u200b\u001bañ世", TerminalText.JsonEncoder).ToString());

    [Fact]
    public void Bytes_that_are_no_text_are_shown_one_by_one() => Assert.Equal("\\xff\\xc3(\\xe4\\xb8", TerminalText.Escape([0xFF, 0xC3, (byte)'(', 0xE4, 0xB8]));

    [Fact]
    public void What_is_long_is_cut_between_characters_and_counted()
    {
        Assert.Equal("aé… (+4 bytes)", TerminalText.Escape("aé世x"u8, maxBytes: 4));
        Assert.Equal("\"ab\"… (+1 byte)", TerminalText.Quote("ab"u8, omitted: 1));
        Assert.Equal("\"ab\"… (+10 bytes)", TerminalText.Quote("ab"u8, omitted: 10));
        Assert.Equal("\"say \\\"hi\\\"\"", TerminalText.Quote("say \"hi\""u8));
    }

    [Fact]
    public void Nothing_that_a_terminal_obeys_or_hides_ever_passes()
    {
        Prop.ForAll<byte[], string>((bytes, text) =>
        {
            bytes ??= [];
            text ??= "";
            var payload = new PayloadText();
            byte[] mixed = [.. bytes, .. Encoding.UTF8.GetBytes(text), .. bytes];
            Assert.All([TerminalText.Escape(mixed), TerminalText.Quote(mixed, 7), TerminalText.Safe(text)], Printable);
            Printable((payload.Append(mixed.AsSpan(0, mixed.Length / 2)) + payload.Append(mixed.AsSpan(mixed.Length / 2)) + payload.Flush()).Replace("\r\n", "").Replace("\n", "").Replace("\t", ""));
            Assert.All(HexDump.Lines(mixed), Printable);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_character_that_hides_or_reorders_is_shown()
    {
        for (int value = 0; value <= 0x10FFFF; value++)
        {
            if (Rune.IsValid(value) && Rune.GetUnicodeCategory(new Rune(value)) is UnicodeCategory.Control or UnicodeCategory.Format)
                Assert.StartsWith("\\", TerminalText.Safe(new Rune(value).ToString()));
        }
    }

    [Fact]
    public void A_payload_keeps_its_lines_and_puts_split_characters_together()
    {
        var payload = new PayloadText();
        byte[] text = Encoding.UTF8.GetBytes("satu\r\ndua\t世\rtiga\\n");
        var result = new StringBuilder();
        foreach (byte b in text)
            result.Append(payload.Append([b]));
        Assert.Equal("satu\r\ndua\t世\\rtiga\\n", result.Append(payload.Flush()).ToString());
        Assert.Equal("", payload.Append([0xE4, 0xB8]));
        Assert.Equal("\\xe4\\xb8", payload.Flush());
    }

    [Fact]
    public void A_hex_dump_reads_as_hexdump_C_writes_it() => Assert.Equal(
        [
            "00000010  54 65 73 74 20 6d 65 73  73 61 67 65 2e 20 54 68  |Test message. Th|",
            "00000020  69 73 00 ff                                       |is..|",
        ],
        HexDump.Lines([.. "Test message. This"u8, 0, 0xFF], 16));

    [Fact]
    public void Every_text_has_the_same_placeholders_in_both_languages()
    {
        foreach (string key in RenderingTexts.All.Keys)
            Assert.Equal(Placeholders(RenderingTexts.All.Get(Language.English, key)), Placeholders(RenderingTexts.All.Get(Language.Indonesian, key)));

        static IEnumerable<string> Placeholders(string text) => System.Text.RegularExpressions.Regex.Matches(text, "\\{[^}]*\\}").Select(match => match.Value).Order();
    }

    private static void Printable(string text)
    {
        foreach (Rune rune in text.EnumerateRunes())
            Assert.True(TerminalText.IsPrintable(rune), $"U+{rune.Value:X4}");
    }
}
