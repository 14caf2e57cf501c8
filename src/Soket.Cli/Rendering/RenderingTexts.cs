using Soket.Languages;

namespace Soket.Cli.Rendering;

/// <summary>The words around what is drawn.</summary>
internal static class RenderingTexts
{
    public static Texts All { get; } = Texts.Load(typeof(RenderingTexts).Assembly, "rendering");
}
