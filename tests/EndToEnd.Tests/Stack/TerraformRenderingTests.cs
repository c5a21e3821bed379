using System.Text.Json;
using System.Text.RegularExpressions;
using EndToEnd.Tests.Live;
using Suite.Tests.Records;

namespace EndToEnd.Tests.Stack;

/// <summary>Tests docker/coreams01: from inventory and vault to Terraform.</summary>
public sealed class TerraformRenderingTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("render-");

    private string SecretsFile => Path.Combine(_folder.FullName, "secrets.yml");

    private string PasswordFile => Path.Combine(_folder.FullName, "password");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task The_services_are_rendered_with_the_command_lines_addresses_and_folders_of_coreams01()
    {
        string rendered = await RenderAsync(Secrets());
        string services = await File.ReadAllTextAsync(Path.Combine(rendered, "services.tf"), TestContext.Current.CancellationToken);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(RepositoryFolder.Root, "tests", "EndToEnd.Tests", "Stack", "Golden",
            "services.tf"), TestContext.Current.CancellationToken), services);
        Assert.Equal(["providers.tf", "services.tf", "terraform.tfvars.json"], Directory.EnumerateFiles(rendered).Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));

        foreach (var (name, flags) in ContractCommandLines.All)
        {
            string container = services[services.IndexOf($"resource \"docker_container\" \"{name}\"", StringComparison.Ordinal)..];
            string command = Regex.Match(container, @"command = \[(.*?)\n  \]", RegexOptions.Singleline).Groups[1].Value;
            var rendering = Regex.Matches(command, "\"(?<flag>--[a-z0-9-]+)=(?<value>.*)\",")
                .Select(m => (m.Groups["flag"].Value, InClear(m.Groups["value"].Value)));
            Assert.Equal(flags, rendering);
        }
        Assert.Equal(["2a01:4f9:c010:3f02::1", "2a00:1098:2b::1", "2a01:4f8:c2c:123f::1"],
            JsonSerializer.Deserialize<string[]>(Regex.Match(services, @"dns\s+= (\[.*\])").Groups[1].Value)!);
    }

    [Fact]
    public async Task Only_the_file_of_variables_holds_secrets_and_only_its_owner_can_read_it()
    {
        string rendered = await RenderAsync(Secrets());
        string variables = Path.Combine(rendered, "terraform.tfvars.json");
        foreach (string file in Directory.EnumerateFiles(rendered).Where(file => file != variables))
        {
            string text = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
            Assert.All(new[] { ContractCommandLines.AgentKey, ContractCommandLines.KafkaPassword, ContractCommandLines.DatabasePassword },
                secret => Assert.DoesNotContain(secret, text, StringComparison.Ordinal));
        }
        Assert.Equal(Secrets(), JsonSerializer.Deserialize<Dictionary<string,
            string>>(await File.ReadAllTextAsync(variables, TestContext.Current.CancellationToken)));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(variables));
    }

    [Fact]
    public async Task A_secret_that_is_missing_is_named()
    {
        var secrets = Secrets();
        secrets.Remove("saimiris_redpanda_password");
        var failure = await Assert.ThrowsAnyAsync<Exception>(() => RenderAsync(secrets));
        Assert.Contains("saimiris_redpanda_password is missing", failure.Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, string> Secrets() => new()
    {
        ["saimiris_agent_key"] = ContractCommandLines.AgentKey,
        ["saimiris_redpanda_username"] = ContractCommandLines.KafkaUser,
        ["saimiris_redpanda_password"] = ContractCommandLines.KafkaPassword,
        ["saimiris_postgresql_username"] = "saimiris",
        ["saimiris_postgresql_password"] = ContractCommandLines.DatabasePassword,
    };

    // Replaces variables as Terraform does.
    private static string InClear(string value)
    {
        var secrets = Secrets();
        return Regex.Replace(value, @"\$\{(?:urlencode\()?var\.(\w+)\)?\}", variable => secrets[variable.Groups[1].Value]);
    }

    private async Task<string> RenderAsync(Dictionary<string, string> secrets)
    {
        Programs.Need("python3", "ansible-vault");
        var cancel = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(PasswordFile, "throw-away\n", cancel);
        // JSON is YAML.
        await File.WriteAllTextAsync(SecretsFile, JsonSerializer.Serialize(secrets), cancel);
        await NetworkLab.RunAsync("ansible-vault", ["encrypt", "--vault-password-file", PasswordFile, SecretsFile], cancel);
        Assert.StartsWith("$ANSIBLE_VAULT;", await File.ReadAllTextAsync(SecretsFile, cancel), StringComparison.Ordinal);
        string output = await NetworkLab.RunAsync("python3",
            [StackFolder.File("coreams01", "render.py"), "coreams01", "--secrets", SecretsFile, "--vault-password-file", PasswordFile,
                "--out", Path.Combine(_folder.FullName, "out")], cancel);
        return output.Trim();
    }
}
