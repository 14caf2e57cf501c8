using System.Globalization;
using Soket.Cli.Rendering;

namespace Soket.Cli.Commands.Chat;

/// <summary>
/// A line that is being typed: keys change it, and it is shown on one row of the terminal however long it is. Earlier lines come back with the arrow
/// keys, names and commands are completed. Pure; one thread at a time.
/// </summary>
internal sealed class LineEditor(Func<string, IEnumerable<string>> candidates)
{
    private const int MostKept = 500;
    private const int MostTyped = 8_000;

    private readonly List<string> _earlier = [];
    private string _text = "";
    private int _at;              // UTF-16 units, at the edge of a character
    private int _recalled = -1;   // which earlier line is shown; -1 for the new one
    private string _new = "";     // the new line while an earlier one is shown
    private List<string> _offered = [];
    private int _offer;
    private int _offerStart;

    public string Text => _text;

    /// <summary>Takes a key.</summary>
    /// <returns>The line when it was ended; null while it is not.</returns>
    public string? Press(ConsoleKeyInfo key)
    {
        bool control = (key.Modifiers & ConsoleModifiers.Control) != 0, alt = (key.Modifiers & ConsoleModifiers.Alt) != 0;
        if (key.Key != ConsoleKey.Tab)
            _offered = [];
        switch (key.Key)
        {
            case ConsoleKey.Enter:
                return End();
            case ConsoleKey.Backspace when alt:
                Delete(WordStart(spaces: true), _at);
                break;
            case ConsoleKey.Backspace:
                Delete(Before(_at), _at);
                break;
            case ConsoleKey.Delete:
            case ConsoleKey.D when control:
                Delete(_at, After(_at));
                break;
            case ConsoleKey.LeftArrow when control || alt:
            case ConsoleKey.B when alt:
                _at = WordStart(spaces: true);
                break;
            case ConsoleKey.RightArrow when control || alt:
            case ConsoleKey.F when alt:
                _at = WordEnd();
                break;
            case ConsoleKey.D when alt:
                Delete(_at, WordEnd());
                break;
            case ConsoleKey.LeftArrow:
            case ConsoleKey.B when control:
                _at = Before(_at);
                break;
            case ConsoleKey.RightArrow:
            case ConsoleKey.F when control:
                _at = After(_at);
                break;
            case ConsoleKey.Home:
            case ConsoleKey.A when control:
                _at = 0;
                break;
            case ConsoleKey.End:
            case ConsoleKey.E when control:
                _at = _text.Length;
                break;
            case ConsoleKey.U when control:
                Delete(0, _at);
                break;
            case ConsoleKey.K when control:
                Delete(_at, _text.Length);
                break;
            case ConsoleKey.W when control:
                Delete(WordStart(spaces: true), _at);
                break;
            case ConsoleKey.UpArrow:
            case ConsoleKey.P when control:
                Recall(_recalled < 0 ? _earlier.Count - 1 : Math.Max(0, _recalled - 1));
                break;
            case ConsoleKey.DownArrow:
            case ConsoleKey.N when control:
                Recall(_recalled < 0 ? -1 : _recalled + 1);
                break;
            case ConsoleKey.Tab:
                Complete();
                break;
            case ConsoleKey.Escape:
                Delete(0, _text.Length);
                break;
            default:
                if (!alt || key.KeyChar > '~') // what a keyboard makes with its other Alt is a letter
                    Type(key.KeyChar);
                break;
        }

        return null;
    }

    /// <summary>What of the line is shown in a width, and in which column the cursor stands there.</summary>
    public (string Shown, int Column) Show(int width)
    {
        width = Math.Max(width, 4);
        string before = TerminalText.Safe(_text[.._at]);
        string after = TerminalText.Safe(_text[_at..]);
        int column = TextWidth.Of(before);
        // The end of what stands before the cursor is what a person looks at.
        while (column >= width)
        {
            before = before[StringInfo.GetNextTextElementLength(before)..];
            column = TextWidth.Of(before);
        }

        return (before + TextWidth.Cut(after, width - 1 - column, ""), column);
    }

    private string End()
    {
        string line = _text;
        if (line.Trim().Length > 0 && (_earlier.Count == 0 || _earlier[^1] != line))
        {
            _earlier.Add(line);
            if (_earlier.Count > MostKept)
                _earlier.RemoveAt(0);
        }

        (_text, _at, _recalled, _new) = ("", 0, -1, "");
        return line;
    }

    private void Type(char c)
    {
        if (char.IsControl(c) || _text.Length >= MostTyped)
            return;
        _text = _text.Insert(_at, c.ToString());
        _at++;
    }

    private void Delete(int from, int to)
    {
        _text = _text.Remove(from, to - from);
        _at = from;
    }

    private void Recall(int which)
    {
        if (which >= _earlier.Count)
            which = -1;
        if (which < -1 || (which == -1 && _recalled < 0) || _earlier.Count == 0)
            return;
        if (_recalled < 0)
            _new = _text;
        _recalled = which;
        _text = which < 0 ? _new : _earlier[which];
        _at = _text.Length;
    }

    // The first Tab offers the first candidate, each further one the next; at the end what was typed comes back.
    private void Complete()
    {
        if (_offered.Count == 0)
        {
            _offerStart = WordStart();
            string typed = _text[_offerStart.._at];
            if (typed.Length == 0)
                return;
            bool isFirst = _offerStart == 0;
            // Of a command a room is known without its sign as well.
            bool isCommand = _text.StartsWith('/');
            _offered = [.. candidates(typed).Where(one => one.StartsWith(typed, StringComparison.OrdinalIgnoreCase) || (isCommand && one.StartsWith('#') && one.AsSpan(1).StartsWith(typed, StringComparison.OrdinalIgnoreCase))).Distinct().Order(StringComparer.OrdinalIgnoreCase)
                .Select(one => one + (one.StartsWith('/') || !isFirst ? " " : ": "))];
            if (_offered.Count == 0)
                return;
            _offered.Add(typed);
            _offer = -1;
        }

        _offer = (_offer + 1) % _offered.Count;
        _text = _text[.._offerStart] + _offered[_offer] + _text[_at..];
        _at = _offerStart + _offered[_offer].Length;
    }

    private int WordStart(bool spaces = false)
    {
        int start = _at;
        while (spaces && start > 0 && _text[start - 1] == ' ')
            start--;
        while (start > 0 && _text[start - 1] != ' ')
            start--;
        return start;
    }

    private int WordEnd()
    {
        int end = _at;
        while (end < _text.Length && _text[end] == ' ')
            end++;
        while (end < _text.Length && _text[end] != ' ')
            end++;
        return end;
    }

    private int Before(int at)
    {
        int before = 0;
        while (before < at)
        {
            int next = before + StringInfo.GetNextTextElementLength(_text.AsSpan(before));
            if (next >= at)
                break;
            before = next;
        }

        return before;
    }

    private int After(int at) => at >= _text.Length ? at : at + StringInfo.GetNextTextElementLength(_text.AsSpan(at));
}
