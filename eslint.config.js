import tseslint from 'typescript-eslint'

const pure = ['core/**/*.ts', '**/{decide,evolve,state,map,match,place,ready,partition,backoff}.ts']
const forbid = (...names) =>
  names.map((name) => ({ name, message: 'Pure files see no clock, no chance and no process.' }))

export default tseslint.config(
  { ignores: ['dist/**', 'node_modules/**', '.raddeploy/**', 'schemas/generated/**'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 300 }],
    },
  },
  {
    files: pure,
    ignores: ['test/**'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...forbid('process', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'fetch'),
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Pure files see no chance.' },
      ],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: ['app/config.ts', 'test/**', 'bench/**', 'infra/embedded/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: "MemberExpression[object.name='process'][property.name='env']",
          message: 'Only app/config.ts reads the environment.',
        },
      ],
    },
  },
)
