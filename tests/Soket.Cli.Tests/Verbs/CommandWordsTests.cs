using Soket.Cli.Commands.Serve;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>A command is cut into words as a shell cuts it, and what only a shell does is refused.</summary>
public sealed class CommandWordsTests
{
    [Theory]
    [InlineData("tr a-z A-Z", "tr", "a-z", "A-Z")]
    [InlineData("  a\t b\n", "a", "b")]
    [InlineData("a 'b  c' \"d  e\"", "a", "b  c", "d  e")]
    [InlineData("a'b'\"c\"\\ d", "abc d")]
    [InlineData("a '' \"\"", "a", "", "")]
    [InlineData("'a\\b' \"a\\b\" \"\\\"\\\\\\$\"", "a\\b", "a\\b", "\"\\$")]
    [InlineData("awk '{ print $1 | \"sort\"; }'", "awk", "{ print $1 | \"sort\"; }")]
    [InlineData("a \\| \\$x", "a", "|", "$x")]
    [InlineData("python3 *.py", "python3", "*.py")]
    [InlineData("   ")]
    public void Words_are_cut_as_a_shell_cuts_them(string text, params string[] words)
    {
        Assert.True(CommandWords.TryParse(text, out List<string>? found, out _));
        Assert.Equal(words, found);
    }

    [Theory]
    [InlineData("a | b", '|')]
    [InlineData("a > b", '>')]
    [InlineData("a&", '&')]
    [InlineData("a; b", ';')]
    [InlineData("a $HOME", '$')]
    [InlineData("a \"$HOME\"", '$')]
    [InlineData("a `b`", '`')]
    [InlineData("a 'b", '\'')]
    [InlineData("a \"b", '"')]
    public void What_only_a_shell_knows_is_refused(string text, char fault)
    {
        Assert.False(CommandWords.TryParse(text, out _, out char found));
        Assert.Equal(fault, found);
    }
}
