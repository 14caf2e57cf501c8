using Soket.Languages;
using Soket.Protocols.Framing;

namespace Soket.Services;

/// <summary>What services, framings and reply templates are called and what is wrong with them, in words.</summary>
public static class ServiceTexts
{
    private static readonly Texts Words = Texts.Load(typeof(ServiceTexts).Assembly, "services");

    /// <summary>What the service does, in a line without a full stop.</summary>
    /// <param name="service">The service.</param>
    /// <param name="language">The language.</param>
    public static string Describe(this ServiceEntry service, Language language) => Words.Get(language, "service." + service.Name);

    /// <summary>What is wrong with a framing, and a right one.</summary>
    /// <param name="error">The mistake.</param>
    /// <param name="language">The language.</param>
    public static string Describe(this FramingError error, Language language) =>
        Words.Get(language, "framing." + error.Key, ("part", error.Part), ("example", error.Example));

    /// <summary>What is wrong with a reply template, and a right one.</summary>
    /// <param name="error">The mistake.</param>
    /// <param name="language">The language.</param>
    public static string Describe(this ReplyTemplateError error, Language language) =>
        Words.Get(language, "reply." + error.Key, ("part", error.Part), ("example", error.Example));
}
