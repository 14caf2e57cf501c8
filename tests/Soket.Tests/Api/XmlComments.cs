using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Soket.Tests.Api;

/// <summary>The XML documentation the compiler wrote, as Markdown.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> _members;

    public XmlComments(string path) =>
        _members = XDocument.Load(path, LoadOptions.PreserveWhitespace).Root!.Element("members")!.Elements("member").ToDictionary(member => member.Attribute("name")!.Value);

    /// <summary>Whether the compiler wrote anything of it.</summary>
    public bool Has(MemberInfo member) => _members.ContainsKey(DocumentationId.Of(member));

    /// <summary>One section of a member's comment (<c>summary</c>, <c>remarks</c>, <c>returns</c>); null when it has none.</summary>
    public string? Section(MemberInfo member, string section) =>
        Find(member) is { } comment && comment.Element(section) is { } element && Markdown(element) is { Length: > 0 } text ? text : null;

    /// <summary>The lines of a member's example; null when it has none.</summary>
    public string? Example(MemberInfo member)
    {
        if (Find(member)?.Element("example")?.Element("code") is not { } code)
            return null;
        string[] lines = [.. code.Value.Split('\n').SkipWhile(string.IsNullOrWhiteSpace)];
        int margin = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length > margin ? line[margin..] : "")).TrimEnd();
    }

    /// <summary>Sections that come several times (<c>param</c>, <c>exception</c>), each with the name it is for.</summary>
    public IEnumerable<(string Name, string Text)> Sections(MemberInfo member, string section) =>
        Find(member)?.Elements(section).Select(element => (element.Attribute("name")?.Value ?? Short(element.Attribute("cref")!.Value), Markdown(element))) ?? [];

    // What is inherited is told where it was written first.
    private XElement? Find(MemberInfo member)
    {
        if (!_members.TryGetValue(DocumentationId.Of(member), out XElement? comment) || comment.Element("inheritdoc") is not { } inherit)
            return comment;
        if (inherit.Attribute("cref") is { } source)
            return _members.GetValueOrDefault(source.Value);
        if (member.DeclaringType is not { } type)
            return null;
        IEnumerable<Type> ancestors = type.BaseType is { } parent ? type.GetInterfaces().Prepend(parent) : type.GetInterfaces();
        return ancestors
            .Where(ancestor => ancestor.Assembly == type.Assembly)
            .SelectMany(ancestor => ancestor.GetMember(member.Name))
            .Where(one => one.ToString() == member.ToString())
            .Select(Find)
            .FirstOrDefault(found => found is not null);
    }

    private static string Markdown(XElement element)
    {
        var text = new StringBuilder();
        foreach (XNode node in element.Nodes())
        {
            text.Append(node switch
            {
                XText plain => plain.Value.Replace("|", "\\|", StringComparison.Ordinal).Replace("<", "\\<", StringComparison.Ordinal),
                XElement { Name.LocalName: "para" } paragraph => "\n\n" + Markdown(paragraph) + "\n\n",
                XElement { Name.LocalName: "see" } see => $"`{(see.Attribute("langword")?.Value ?? Short(see.Attribute("cref")!.Value))}`",
                XElement { Name.LocalName: "paramref" or "typeparamref" } reference => $"`{reference.Attribute("name")!.Value}`",
                XElement { Name.LocalName: "c" or "code" } code => $"`{code.Value.Replace("|", "\\|", StringComparison.Ordinal)}`",
                XElement other => Markdown(other),
                _ => "",
            });
        }

        // The compiler keeps the line ends and margins of the source; a paragraph needs neither.
        return string.Join("\n\n", Paragraphs().Split(text.ToString()).Select(paragraph => Spaces().Replace(paragraph, " ").Trim()).Where(paragraph => paragraph.Length > 0));
    }

    // "M:Soket.Hosting.SocketServer.StartAsync(System.Threading...)" is SocketServer.StartAsync.
    private static string Short(string cref)
    {
        string name = Arity().Replace(cref[2..].Split('(')[0].Split('{')[0], "");
        string[] parts = name.Split('.');
        return cref[0] == 'T' || parts.Length < 2 ? parts[^1] : $"{parts[^2]}.{parts[^1]}".Replace(".#ctor", "", StringComparison.Ordinal);
    }

    [GeneratedRegex(@"\n\s*\n")]
    private static partial Regex Paragraphs();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();

    [GeneratedRegex(@"`+\d+")]
    private static partial Regex Arity();
}
