using System.Text;
using Soket.Chat;
using Xunit;

namespace Soket.Tests.Chat;

/// <summary>Which names there are, and which of them look alike.</summary>
public sealed class ChatNameTests
{
    [Theory]
    [InlineData("ani")]
    [InlineData("Budi_2")]
    [InlineData("I.G.N-Wayan")]
    [InlineData("José")]
    [InlineData("Олег")]
    [InlineData("ᮃᮔᮤ")]
    [InlineData("ꦲꦤꦶ")]
    [InlineData("田中さん")]
    [InlineData("상훈")]
    public void A_name_of_one_script_is_taken(string name) => Assert.True(ChatName.IsValid(name, out _), name);

    [Theory]
    [InlineData("a", "name-length")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "name-length")]
    [InlineData("2ani", "name-character")]
    [InlineData("ani budi", "name-character")]
    [InlineData("ani\u001b[31m", "name-character")]
    [InlineData("ani\u202e", "name-character")]
    [InlineData("ani\u200b", "name-character")]
    [InlineData("e\u0301lan", "name-character")] // written in two characters, it would be another name than the same written in one
    [InlineData("<b>", "name-character")]
    [InlineData("аni", "name-scripts")] // a Cyrillic a
    [InlineData("ــــ", "name-character")] // only lengthens letters
    [InlineData("-ani", "name-edge")]
    [InlineData("ani-", "name-edge")]
    [InlineData("a--i", "name-edge")]
    [InlineData("😀😀", "name-character")]
    public void What_could_deceive_or_break_a_line_is_no_name(string name, string reason)
    {
        Assert.False(ChatName.IsValid(name, out string? said));
        Assert.Equal(reason, said);
    }

    [Theory]
    [InlineData("ani", "ANI")]
    [InlineData("ilham", "llham")]
    [InlineData("ilham", "1lham")]
    [InlineData("Ilham", "lIham")]
    [InlineData("bob", "b0b")]
    [InlineData("oso", "ОЅО")] // Cyrillic
    [InlineData("modern", "modem")]
    [InlineData("wawa", "vvavva")]
    [InlineData("kiki", "ĸiĸi")]
    [InlineData("カト", "力卜")]
    [InlineData("へり", "ヘリ")]
    public void Names_that_look_alike_have_one_skeleton(string one, string other) => Assert.Equal(ChatName.Skeleton(one), ChatName.Skeleton(other));

    [Fact]
    public void What_is_longer_than_any_name_is_not_looked_at_letter_by_letter()
    {
        string text = new('A', 15_900);
        Assert.Same(text, ChatName.Skeleton(text));
        Assert.True(ChatJson.TryReadRequest(Encoding.UTF8.GetBytes($"{{\"type\":\"hello\",\"rooms\":{{\"{text}\":1,\"lobby\":2}}}}"), out ChatRequest? request));
        Assert.Equal(["lobby"], Assert.IsType<ChatHelloRequest>(request).Hello.Rooms.Keys);
    }

    [Theory]
    [InlineData("ani", "ana")]
    [InlineData("jose", "josé")]
    [InlineData("Олег", "Ольга")]
    public void Names_that_do_not_are_two(string one, string other) => Assert.NotEqual(ChatName.Skeleton(one), ChatName.Skeleton(other));

    [Theory]
    [InlineData("operator")]
    [InlineData("0perat0r")]
    [InlineData("S0KET")]
    public void The_servers_own_names_are_kept_in_every_spelling(string name) => Assert.True(ChatName.IsReserved(name));

    [Theory]
    [InlineData("halo\u001b[2Jdunia", "halo\uFFFD[2Jdunia")]
    [InlineData("a\u202eb", "a\uFFFDb")]
    [InlineData("  tab\there\r\n", "tab here")]
    [InlineData("\u009b31m", "\uFFFD31m")]
    [InlineData("👩\u200d💻", "👩\u200d💻")]
    public void What_is_said_acts_on_no_terminal(string said, string clean) => Assert.Equal(clean, ChatText.Clean(said));

    [Fact]
    public void Bytes_that_are_no_text_are_replaced() => Assert.Equal("a\uFFFDb", ChatText.Clean([(byte)'a', 0xff, (byte)'b']));

    [Theory]
    [InlineData(0x3164)]
    [InlineData(0x2800)]
    [InlineData(0xFDD0)]
    [InlineData(0x1FFFE)]
    public void What_shows_nothing_is_shown_as_that(int invisible) => Assert.Equal("a\uFFFDb", ChatText.Clean("a" + new System.Text.Rune(invisible) + "b"));

    [Fact]
    public void A_notice_without_its_values_shows_no_template() =>
        Assert.Equal("In #- (-): -", ChatWords.OfNotice(new ChatNotice("who"), Languages.Language.English));
}
