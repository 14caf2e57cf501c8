using System.Text.Json;
using System.Text.RegularExpressions;

namespace Soket.Tests.Events;

/// <summary>The part of JSON Schema 2020-12 that Soket's own schema uses; a keyword it does not know is an error, so that none goes unchecked.</summary>
internal sealed class SchemaCheck(JsonElement root)
{
    public static SchemaCheck Load()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Soket.slnx")))
            folder = Path.GetDirectoryName(folder);
        return new(JsonDocument.Parse(File.ReadAllText(Path.Combine(folder!, "docs", "schema", "soket-events.schema.json"))).RootElement);
    }

    public string? Problem(JsonElement value) => Problem(root, value, "$");

    /// <summary>Against one definition, of a record that the whole schema leaves open.</summary>
    public string? Problem(JsonElement value, string definition) => Problem(root.GetProperty("$defs").GetProperty(definition), value, "$");

    private string? Problem(JsonElement schema, JsonElement value, string at)
    {
        foreach (JsonProperty keyword in schema.EnumerateObject())
        {
            string? problem = keyword.Name switch
            {
                "$schema" or "$defs" or "title" or "description" or "examples" => null,
                "$ref" => Problem(root.GetProperty("$defs").GetProperty(keyword.Value.GetString()!.Split('/')[^1]), value, at),
                "type" => Types(keyword.Value).Any(type => IsType(type, value)) ? null : $"{at}: not {keyword.Value}: {value}",
                "const" => JsonElement.DeepEquals(keyword.Value, value) ? null : $"{at}: not {keyword.Value}",
                "enum" => keyword.Value.EnumerateArray().Any(one => JsonElement.DeepEquals(one, value)) ? null : $"{at}: {value} is none of {keyword.Value}",
                "minimum" => value.GetDouble() >= keyword.Value.GetDouble() ? null : $"{at}: {value} is below {keyword.Value}",
                "pattern" => Regex.IsMatch(value.GetString()!, keyword.Value.GetString()!) ? null : $"{at}: {value} is not like {keyword.Value}",
                "required" => keyword.Value.EnumerateArray().FirstOrDefault(name => !value.TryGetProperty(name.GetString()!, out _)) is { ValueKind: JsonValueKind.String } missing ? $"{at}: lacks {missing}" : null,
                "properties" => keyword.Value.EnumerateObject().Select(property => value.TryGetProperty(property.Name, out JsonElement inner) ? Problem(property.Value, inner, $"{at}.{property.Name}") : null).FirstOrDefault(p => p is not null),
                "additionalProperties" => value.EnumerateObject().FirstOrDefault(property => !schema.GetProperty("properties").TryGetProperty(property.Name, out _)) is { Value.ValueKind: not JsonValueKind.Undefined } extra ? $"{at}: has {extra.Name}" : null,
                "items" => value.EnumerateArray().Select((one, i) => Problem(keyword.Value, one, $"{at}[{i}]")).FirstOrDefault(p => p is not null),
                "not" => Problem(keyword.Value, value, at) is null ? $"{at}: is what it must not be" : null,
                "oneOf" => One(keyword.Value, value, at),
                _ => throw new NotSupportedException($"The check does not know '{keyword.Name}'."),
            };
            if (problem is not null)
                return problem;
        }

        return null;
    }

    private string? One(JsonElement schemas, JsonElement value, string at)
    {
        List<string?> problems = [.. schemas.EnumerateArray().Select(schema => Problem(schema, value, at))];
        return problems.Count(problem => problem is null) == 1 ? null : $"{at}: not one of: {string.Join("; ", problems.Select(problem => problem ?? "fits"))}";
    }

    private static IEnumerable<string> Types(JsonElement one) => one.ValueKind == JsonValueKind.Array ? one.EnumerateArray().Select(type => type.GetString()!) : [one.GetString()!];

    private static bool IsType(string type, JsonElement value) => type switch
    {
        "null" => value.ValueKind == JsonValueKind.Null,
        "array" => value.ValueKind == JsonValueKind.Array,
        "object" => value.ValueKind == JsonValueKind.Object,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        _ => throw new NotSupportedException(type),
    };
}
