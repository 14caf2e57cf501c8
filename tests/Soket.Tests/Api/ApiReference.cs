using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace Soket.Tests.Api;

/// <summary>The API reference: a page a namespace, made of what the library declares public and what its XML comments say.</summary>
internal static class ApiReference
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    /// <summary>Every page by its file name.</summary>
    public static IReadOnlyDictionary<string, string> Pages(params IReadOnlyList<Assembly> assemblies)
    {
        var pages = new Dictionary<string, string>();
        var index = new StringBuilder("# API reference\n\nMade from the library's XML comments; a test holds it equal to them. In English, as they are.\n\n| namespace | types |\n|---|---|\n");
        foreach (Assembly assembly in assemblies)
        {
            var comments = new XmlComments(Path.ChangeExtension(assembly.Location, ".xml"));
            foreach (IGrouping<string, Type> space in assembly.GetExportedTypes().GroupBy(type => type.Namespace!).OrderBy(group => group.Key, StringComparer.Ordinal))
            {
                Type[] types = [.. space.OrderBy(type => type.FullName, StringComparer.Ordinal)];
                pages.Add(space.Key + ".md", Page(space.Key, types, comments));
                index.Append($"| [{space.Key}]({space.Key}.md) | {string.Join(", ", types.Select(type => $"`{Signatures.Name(type)}`"))} |\n");
            }
        }

        pages.Add("README.md", index.ToString());
        return pages;
    }

    private static string Page(string space, Type[] types, XmlComments comments)
    {
        var text = new StringBuilder($"# {space}\n\n*[API reference](README.md)*\n");
        foreach (Type type in types)
        {
            text.Append($"\n## {Signatures.Name(type).Replace("<", "\\<", StringComparison.Ordinal)}\n\n```csharp\n{Signatures.Of(type)}\n```\n");
            Paragraph(text, comments.Section(type, "summary"));
            Paragraph(text, comments.Section(type, "remarks"));
            foreach (string example in Examples(type, comments))
                text.Append("\n```csharp\n").Append(example).Append("\n```\n");
            Dictionary<string, string> parameters = comments.Sections(type, "param").ToDictionary(one => one.Name, one => one.Text);
            MemberInfo[] members = [.. Members(type, comments)];
            if (members.Length == 0)
                continue;
            text.Append("\n| member | what it is |\n|---|---|\n");
            foreach (MemberInfo member in members)
                text.Append($"| `{Signatures.Of(member).Replace("|", "\\|", StringComparison.Ordinal)}` | {Cell(member, comments, parameters)} |\n");
        }

        return text.ToString();
    }

    private static IEnumerable<string> Examples(Type type, XmlComments comments) =>
        Members(type, comments).Prepend(type).Select(comments.Example).OfType<string>();

    // What the compiler made up itself is nobody's to call.
    private static IEnumerable<MemberInfo> Members(Type type, XmlComments comments) =>
        typeof(Delegate).IsAssignableFrom(type) ? [] :
        type.GetMembers(Declared)
            .Where(IsVisible)
            .Where(member => member is not Type and not MethodInfo { IsSpecialName: true, Name: not ("op_Implicit" or "op_Explicit") })
            .Where(member => !(member is FieldInfo { IsSpecialName: true }))
            .Where(member => comments.Has(member) || !(member.IsDefined(typeof(CompilerGeneratedAttribute)) || Inherited(member)))
            .OrderBy(member => member switch { FieldInfo => 0, ConstructorInfo => 1, PropertyInfo => 2, EventInfo => 3, _ => 4 })
            .ThenBy(member => member is FieldInfo ? member.MetadataToken : 0)
            .ThenBy(member => member is FieldInfo ? "" : member.Name, StringComparer.Ordinal)
            .ThenBy(Signatures.Of, StringComparer.Ordinal);

    private static bool Inherited(MemberInfo member) => member is MethodInfo method && (method.GetBaseDefinition() != method || method.IsVirtual);

    private static bool IsVisible(MemberInfo member) => member switch
    {
        MethodBase method => method.IsPublic || ((method.IsFamily || method.IsFamilyOrAssembly) && method.DeclaringType is { IsSealed: false }),
        PropertyInfo property => property.GetAccessors(nonPublic: true).Any(IsVisible),
        FieldInfo field => field.IsPublic,
        EventInfo happening => happening.AddMethod is { IsPublic: true },
        _ => false,
    };

    private static string Cell(MemberInfo member, XmlComments comments, Dictionary<string, string> parameters)
    {
        List<string> parts = [];
        Add(comments.Section(member, "summary") ?? parameters.GetValueOrDefault(member.Name) ?? Origin(member));
        Add(comments.Section(member, "remarks"));
        foreach ((string name, string what) in comments.Sections(member, "param"))
            Add($"`{name}`: {what}");
        if (comments.Section(member, "returns") is { } returns)
            Add("Returns: " + returns);
        foreach ((string name, string when) in comments.Sections(member, "exception"))
            Add($"Throws `{name}`: {when}");
        return string.Join("<br>", parts);

        void Add(string? part)
        {
            if (part is not null)
                parts.Add(part.ReplaceLineEndings("<br>"));
        }
    }

    // What .NET declares and documents is only named here.
    private static string? Origin(MemberInfo member) => member switch
    {
        ConstructorInfo constructor when constructor.GetParameters().Length == 0 => "Creates one.",
        MethodInfo method when method.GetBaseDefinition() is var first && first != method => $"As in `{Signatures.Name(first.DeclaringType!)}`.",
        MethodInfo method => method.DeclaringType!.GetInterfaces().FirstOrDefault(one => one.GetMethods().Any(candidate => candidate.Name == method.Name)) is { } declared
            ? $"As in `{Signatures.Name(declared)}`."
            : null,
        _ => null,
    };

    private static void Paragraph(StringBuilder text, string? paragraph)
    {
        if (paragraph is not null)
            text.Append('\n').Append(paragraph.Replace("\\|", "|", StringComparison.Ordinal)).Append('\n');
    }
}
