using Soket.Cli.Commands.Chat;
using Xunit;

namespace Soket.Cli.Tests.Verbs;

/// <summary>A line that is being typed.</summary>
public sealed class LineEditorTests
{
    private readonly LineEditor _editor = new(static _ => ["ani", "anton", "budi", "#bahasa", "/nick", "/notes"]);

    [Fact]
    public void Keys_change_the_line_where_the_cursor_is()
    {
        Type("halo dunia");
        Press(ConsoleKey.Home);
        Type(">");
        Press(ConsoleKey.End);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Delete);
        Assert.Equal(">halo dui", _editor.Text);
        Press(ConsoleKey.W, control: true);
        Assert.Equal(">halo i", _editor.Text);
        Press(ConsoleKey.U, control: true);
        Assert.Equal("i", _editor.Text);
    }

    [Fact]
    public void Words_are_gone_over_and_deleted_at_once()
    {
        Type("satu dua  tiga");
        Press(ConsoleKey.LeftArrow, control: true);
        Type("^");
        Assert.Equal("satu dua  ^tiga", _editor.Text);
        Press(ConsoleKey.Backspace);
        Press(ConsoleKey.B, alt: true);
        Press(ConsoleKey.D, alt: true);
        Assert.Equal("satu   tiga", _editor.Text);
        Press(ConsoleKey.Home);
        Press(ConsoleKey.F, alt: true);
        Type("!");
        Press(ConsoleKey.RightArrow, control: true);
        Press(ConsoleKey.Backspace, alt: true);
        Assert.Equal("satu!   ", _editor.Text);
        _editor.Press(new ConsoleKeyInfo('x', ConsoleKey.X, shift: false, alt: true, control: false));
        Assert.Equal("satu!   ", _editor.Text);
    }

    [Fact]
    public void A_picture_of_several_characters_is_one_to_the_keys()
    {
        Type("a👩\u200d💻b");
        Press(ConsoleKey.LeftArrow);
        Press(ConsoleKey.Backspace);
        Assert.Equal("ab", _editor.Text);
    }

    [Fact]
    public void Earlier_lines_come_back_and_the_new_one_is_not_lost()
    {
        Type("satu");
        Assert.Equal("satu", Press(ConsoleKey.Enter));
        Type("dua");
        Press(ConsoleKey.Enter);
        Type("tig");
        Press(ConsoleKey.UpArrow);
        Assert.Equal("dua", _editor.Text);
        Press(ConsoleKey.UpArrow);
        Press(ConsoleKey.UpArrow);
        Assert.Equal("satu", _editor.Text);
        Press(ConsoleKey.DownArrow);
        Press(ConsoleKey.DownArrow);
        Assert.Equal("tig", _editor.Text);
    }

    [Fact]
    public void Tab_completes_names_and_commands_one_after_another()
    {
        Type("an");
        Press(ConsoleKey.Tab);
        Assert.Equal("ani: ", _editor.Text);
        Press(ConsoleKey.Tab);
        Assert.Equal("anton: ", _editor.Text);
        Press(ConsoleKey.Tab);
        Assert.Equal("an", _editor.Text);
        Press(ConsoleKey.Escape);
        Type("halo bu");
        Press(ConsoleKey.Tab);
        Assert.Equal("halo budi ", _editor.Text);
        Press(ConsoleKey.Escape);
        Type("/ni");
        Press(ConsoleKey.Tab);
        Assert.Equal("/nick ", _editor.Text);
        Press(ConsoleKey.Escape);
        Press(ConsoleKey.Tab);
        Assert.Equal("", _editor.Text);
        Type("/leave ba");
        Press(ConsoleKey.Tab);
        Assert.Equal("/leave #bahasa ", _editor.Text);
        Press(ConsoleKey.Escape);
        Type("halo ba");
        Press(ConsoleKey.Tab);
        Assert.Equal("halo ba", _editor.Text);
        Press(ConsoleKey.Escape);
        Type("halo #ba");
        Press(ConsoleKey.Tab);
        Assert.Equal("halo #bahasa ", _editor.Text);
    }

    [Fact]
    public void However_long_it_is_it_takes_one_row_and_the_cursor_is_on_it()
    {
        Type(string.Concat(Enumerable.Repeat("漢字abc", 40)));
        for (int i = 0; i < 200; i++)
        {
            (string shown, int column) = _editor.Show(30);
            Assert.InRange(column, 0, 29);
            Assert.True(Soket.Languages.TextWidth.Of(shown) < 30, shown);
            Press(ConsoleKey.LeftArrow);
        }
    }

    [Fact]
    public void What_is_typed_or_pasted_acts_on_no_terminal()
    {
        Type("a\u001b[2J\u202eb");
        Assert.DoesNotContain('\u001b', _editor.Show(80).Shown);
        Assert.DoesNotContain('\u202e', _editor.Show(80).Shown);
    }

    private void Type(string text)
    {
        foreach (char c in text)
            _editor.Press(new ConsoleKeyInfo(c, ConsoleKey.None, false, false, false));
    }

    private string? Press(ConsoleKey key, bool control = false, bool alt = false) => _editor.Press(new ConsoleKeyInfo('\0', key, false, alt, control));
}
