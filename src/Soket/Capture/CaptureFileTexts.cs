using Soket.Languages;
using Soket.Protocols.CaptureFiles;

namespace Soket.Capture;

/// <summary>What is wrong with a capture file, in words.</summary>
public static class CaptureFileTexts
{
    private static readonly Texts Words = Texts.Load(typeof(CaptureFileTexts).Assembly, "capture-files");

    /// <summary>A sentence for a person: what is wrong, and where.</summary>
    public static string Describe(this CaptureFileException exception, Language language) =>
        Words.Get(language, exception is { Problem: CaptureFileProblem.CutShort, Offset: 0 } ? "CutHeader" : exception.Problem.ToString(), ("offset", exception.Offset), ("limit", CaptureReader.LengthLimit / (1024 * 1024)));
}
