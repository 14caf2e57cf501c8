using System.Collections.Frozen;
using System.Text;

namespace Soket.Chat.Internal;

/// <summary>
/// Characters that look like a Latin letter in most typefaces, each with that letter in small. Seen by comparing the letters of the scripts that names may
/// have, in the typefaces of terminals; rather one too many than one too few, since a name that is refused is soon another.
/// </summary>
internal static class Confusables
{
    private static readonly FrozenDictionary<int, char> Letters = Make();

    /// <summary>The character that stands for all that look like it.</summary>
    public static string Of(Rune rune)
    {
        // Before the case is folded: a capital I is a stroke, as l and 1 are, and so are capital letters of other scripts.
        if (Letters.TryGetValue(rune.Value, out char letter))
            return letter.ToString();
        Rune small = Rune.ToLowerInvariant(rune);
        return Letters.TryGetValue(small.Value, out letter) ? letter.ToString() : small.ToString();
    }

    private static FrozenDictionary<int, char> Make()
    {
        var letters = new Dictionary<int, char>();
        Add('l', "iI1lıİіІӏӀΙιǀוןا");
        Add('o', "oO0оОοΟσօסھہ০௦");
        Add('a', "аАαΑɑ");
        Add('b', "ВΒЬьƄ");
        Add('c', "сСϲƈ");
        Add('d', "ԁ");
        Add('e', "еЕΕє");
        Add('g', "ɡԍ");
        Add('h', "һҺΗНн");
        Add('j', "јЈ");
        Add('k', "кКκΚĸ");
        Add('m', "МмΜ");
        Add('n', "ΝηпԤ");
        Add('p', "рРρΡ");
        Add('q', "ԛԚ");
        Add('s', "ѕЅ");
        Add('t', "ТтΤτ");
        Add('u', "υսцԱ");
        Add('v', "νѵѴ");
        Add('w', "ԝԜωшщ");
        Add('x', "хХχΧ");
        Add('y', "уУүҮγΥ");
        Add('z', "Ζ");
        // Of the Japanese scripts, which count as one: the strokes of a katakana, a hiragana and a kanji that are the same. The first stands for the others.
        foreach (string alike in (string[])["へヘ", "べベ", "ぺペ", "りリ", "カ力", "ニ二", "ハ八", "ロ口囗", "エ工", "タ夕", "ト卜", "ー一", "チ千", "ミ三", "メ乂", "オ才", "ネ礻", "ノ丿", "レ乚", "セ七"])
            Add(alike[0], alike[1..]);
        return letters.ToFrozenDictionary();

        void Add(char letter, string alike)
        {
            foreach (Rune rune in alike.EnumerateRunes())
                letters[rune.Value] = letter;
        }
    }
}
