using Microsoft.Playwright;
using Xunit;

namespace Soket.Cli.Tests.Browser;

/// <summary>What holds of every page that Soket writes: what is written can be read.</summary>
internal static class PageChecks
{
    // What may not be covered or cut: each text with the box of its letters and the box it may use. Of two texts none may lie over the other.
    private const string TextBoxes =
        """
        () => {
          const boxes = [];
          const walker = document.createTreeWalker(document.body ?? document.documentElement, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const node = walker.currentNode, parent = node.parentElement;
            if (!node.data.trim() || parent.closest('.aside, style, title, script') || parent.closest('details:not([open]) > :not(summary)')) continue;
            const range = document.createRange();
            range.selectNodeContents(node);
            for (const box of range.getClientRects())
              if (box.width > 1 && box.height > 1) boxes.push({ text: node.data, x: box.x, y: box.y, right: box.right, bottom: box.bottom, scrolled: !!parent.closest('.chart, .wide') });
          }
          return boxes;
        }
        """;

    /// <summary>No text lies over another, and none is cut, but for what lies in a box that is scrolled by itself.</summary>
    public static async Task AssertApartAsync(IPage page, int width)
    {
        TextBox[] boxes = await page.EvaluateAsync<TextBox[]>(TextBoxes);
        Assert.NotEmpty(boxes);
        Assert.All(boxes.Where(box => !box.Scrolled), box => Assert.True(box.X >= -0.5 && box.Right <= width + 0.5, $"'{box.Text}' is cut at {box.X} .. {box.Right}"));
        TextBox[] sorted = [.. boxes.OrderBy(box => box.Y)];
        for (int i = 0; i < sorted.Length; i++)
        {
            for (int j = i + 1; j < sorted.Length && sorted[j].Y < sorted[i].Bottom - 2; j++)
                Assert.False(sorted[j].X < sorted[i].Right - 1 && sorted[j].Right > sorted[i].X + 1 && sorted[j].Bottom > sorted[i].Y + 2, $"'{sorted[i].Text}' and '{sorted[j].Text}' lie over each other");
        }

        // Nothing makes a phone scroll sideways.
        if (width < int.MaxValue)
            Assert.True(await page.EvaluateAsync<int>("() => document.documentElement.scrollWidth") <= width);
    }

    /// <summary>Every text can be told from its ground: WCAG 2.2, 1.4.3, 4.5 to 1.</summary>
    public static async Task AssertContrastAsync(IPage page, bool dark, string where = "main *")
    {
        double[] found = await page.EvaluateAsync<double[]>(
            """
            where => {
              const light = c => { const [r, g, b] = c.match(/[\d.]+/g).map(Number).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4); return .2126 * r + .7152 * g + .0722 * b; };
              const ground = element => { for (; element; element = element.parentElement) { const c = getComputedStyle(element).backgroundColor; if (!/, 0\)$|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; };
              const of = element => { const a = light(element instanceof SVGElement ? getComputedStyle(element).fill : getComputedStyle(element).color), b = light(ground(element)); return (Math.max(a, b) + .05) / (Math.min(a, b) + .05); };
              const least = Math.min(...[...document.querySelectorAll(where)].filter(e => e.checkVisibility() && !e.matches('script, style, noscript') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())).map(of));
              return [least, light(getComputedStyle(document.body).backgroundColor)];
            }
            """,
            where);
        Assert.True(found[0] >= 4.5, $"contrast {found[0]}");
        Assert.Equal(dark, found[1] < 0.5);
    }

    private sealed record TextBox
    {
        public string Text { get; set; } = "";

        public double X { get; set; }

        public double Y { get; set; }

        public double Right { get; set; }

        public double Bottom { get; set; }

        public bool Scrolled { get; set; }
    }
}
