use super::*;

/// A web folder with these modules beside what every page has.
fn joined(modules: &[(&str, &str)]) -> Result<Joined, String> {
    let page = "<head>\n  <link rel=\"stylesheet\" href=\"/assets/styles/a.css\">\n  \
                <link rel=\"stylesheet\" href=\"/assets/styles/b.css\">\n  \
                <link rel=\"modulepreload\" href=\"/assets/src/main.js\">\n  \
                <link rel=\"modulepreload\" href=\"/assets/src/id.js\">\n";
    let read = |path: &str| {
        let module = modules.iter().find(|(name, _)| *name == path);
        let text = match path {
            "index.html" | "about.html" => page,
            "styles/a.css" => "a{}\n",
            "styles/b.css" => "b{}\n",
            "src/extras.js" | "src/about.js" => module.map_or("", |(_, text)| text),
            _ => module?.1,
        };
        Some(text.to_owned())
    };
    join(&read)
}

#[test]
fn modules_become_blocks_in_the_order_of_their_imports() {
    let all = joined(&[
        ("src/main.js", "/** Story. */\nimport {\n  newId as id,\n} from './id.js';\nimport './ui/row.js';\n\nconst x = 1; // stays\n// goes\nawait import('./extras.js');\n"),
        ("src/id.js", "/**\n * Story.\n */\nexport const newId = () => `\n// stays\n`;\n  /** @type {X} */ (y).z();\n"),
        ("src/ui/row.js", "import { newId } from '../id.js';\nexport { newId } from '../id.js';\nexport class Row {}\nexport async function load() { await import('./late.js'); }\n"),
        ("src/extras.js", "import { Row } from './ui/row.js';\nimport { more } from './more.js';\n"),
        ("src/more.js", "export function more() {}\n"),
    ])
    .unwrap();
    assert_eq!(
        all["src/main.js"],
        "const $modules = {};\n\
         // src/id.js\n{\nconst newId = () => `\n// stays\n`;\n  /** @type {X} */ (y).z();\n$modules['src/id.js'] = { newId };\n}\n\
         // src/ui/row.js\n{\nconst { newId } = $modules['src/id.js'];\nclass Row {}\n\
         async function load() { await import('/assets/src/ui/late.js'); }\n\
         $modules['src/ui/row.js'] = { newId: $modules['src/id.js'].newId, Row, load };\n}\n\
         // src/main.js\n{\nconst { newId: id, } = $modules['src/id.js'];\nconst x = 1; // stays\n\
         await import('/assets/src/extras.js');\n$modules['src/main.js'] = {  };\n}\n\
         export const {  } = $modules['src/main.js'];\nexport { $modules };\n"
    );
    assert_eq!(
        all["src/ui/row.js"],
        "import { $modules } from '/assets/src/main.js';\n\
         export const { newId, Row, load } = $modules['src/ui/row.js'];\n"
    );
    assert!(
        all["src/extras.js"]
            .starts_with("import { $modules } from '/assets/src/main.js';\n// src/more.js\n")
    );
    assert!(all["src/more.js"].starts_with("import { $modules } from '/assets/src/extras.js';\n"));
}

#[test]
fn a_page_has_one_stylesheet_and_one_module() {
    let all = joined(&[("src/main.js", "")]).unwrap();
    assert_eq!(
        all["index.html"],
        "<head>\n  <link rel=\"stylesheet\" href=\"/assets/styles/joined-index.css\">\n  \
         <link rel=\"modulepreload\" href=\"/assets/src/main.js\">\n"
    );
    assert_eq!(all["styles/joined-index.css"], "a{}\nb{}\n");
}

#[test]
fn the_service_worker_is_told_what_there_is_and_another_version_of_it() {
    let worker = |main: &str| {
        let worker = "const VERSION = 'as written';\nconst FILES = [];\n";
        let all = [
            ("src/main.js", main),
            ("sw.js", worker),
            ("src/late.js", "export const x = 1;\n"),
        ];
        joined(&all).unwrap()["sw.js"].clone()
    };
    let first = worker("await import('./late.js');\nload('/assets/picture.png');\n");
    assert!(
        first.ends_with(
            "const FILES = ['/', '/favicon.ico', '/assets/styles/joined-index.css', \
             '/assets/src/main.js', '/assets/src/late.js'];\n"
        ),
        "{first}"
    );
    let second = worker("await import('./late.js');\nload('/assets/other.png');\n");
    assert_ne!(first, second);
    let error = joined(&[("src/main.js", ""), ("sw.js", "")]).unwrap_err();
    assert!(error.contains("no place"), "{error}");
}

#[test]
fn what_cannot_be_joined_is_an_error_that_says_what_to_write() {
    for (main, expected) in [
        (
            "import x from './id.js';",
            "src/main.js: write import { names }",
        ),
        ("import { x } from 'lib';", "write import { names }"),
        ("import {", "write import { names }"),
        ("export default 1;", "export a function, a class or a const"),
        ("export let x = 1;", "export a function"),
        ("export const { x } = y;", "export a function"),
        ("export { x };", "write export { names } from"),
        ("import { x } from './gone.js';", "src/gone.js is missing"),
        (
            "import { x } from './id.js';",
            "imports itself, by way of src/main.js",
        ),
    ] {
        let id = ("src/id.js", "import { y } from './main.js';\n");
        let error = joined(&[("src/main.js", main), id]).unwrap_err();
        assert!(error.contains(expected), "{main}: {error}");
    }
}
